module.exports.w3cwebsocket = class NoWebsocket {
  constructor() {
    throw new Error('websocket is replaced by a stand-in here: GramJS connects over TCP');
  }
};
