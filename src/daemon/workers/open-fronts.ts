import { Fronts, type ProfileStore } from '../../front/fronts.ts';
import { OwnMarks } from '../../front/own-marks.ts';
import type { Log } from '../../kit/log.ts';
import { systemRandom } from '../../kit/random.ts';
import type { Policy } from '../../proxy/policy.ts';
import { siteAddress } from '../site-address.ts';
import type { OrderOf } from './messages.ts';

export interface FrontsSetting {
  readonly store: ProfileStore;
  readonly log: Log;
  readonly markKey: Uint8Array;
  readonly policy: () => Policy;
  readonly tell: (order: OrderOf<'profile'>) => void;
  readonly onChange: () => void;
}

/** Only the supervisor asks the fronted sites, so that several processes look like one visitor; the workers are told. */
export function openFronts({ store, log, markKey, policy, tell, onChange }: FrontsSetting): Fronts {
  const saveProfileText = (domain: string, text: string) => {
    tell({ kind: 'profile', text });
    store.saveProfileText(domain, text);
  };
  return new Fronts({
    store: { profileTexts: () => store.profileTexts(), saveProfileText },
    log,
    random: systemRandom,
    marks: new OwnMarks(markKey, systemRandom),
    siteOf: (domain) => siteAddress(policy().mask, domain),
    onChange,
  });
}
