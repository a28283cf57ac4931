#!/bin/sh
# Installs Petrel as a systemd service; see `install.sh --help`. Running it again upgrades.
set -eu

usage() {
  cat <<'TEXT'
Usage: install.sh [install|upgrade|uninstall] [OPTIONS]

Run it as root from the unpacked release, or from a checkout after `npm run build`.

  install      installs Petrel and starts it; upgrades in place when it is there already (the default)
  upgrade      the same, but only when it is there already
  uninstall    removes the executable and the unit; keeps configuration and data

  --no-start   neither start nor enable the service; a running one goes on with the old executable
  --purge      with uninstall: remove configuration, data and the user too
  --help       print this text

Files: /usr/local/bin/petrel, /etc/systemd/system/petrel.service, /etc/petrel (configuration), /var/lib/petrel (data).
With DESTDIR set they are put below that folder, and nothing else is touched: no user, no service.
Exit codes: 0 done, 1 failed, 2 wrong usage.
TEXT
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
dest=${DESTDIR-}
bin=$dest/usr/local/bin/petrel
unit=$dest/etc/systemd/system/petrel.service
config=$dest/etc/petrel
data=$dest/var/lib/petrel

main() {
  verb=install
  starts=yes
  purges=no
  verbs=0
  for argument in "$@"; do
    case $argument in
      install | upgrade | uninstall)
        verb=$argument
        verbs=$((verbs + 1))
        ;;
      --no-start) starts=no ;;
      --purge) purges=yes ;;
      -h | --help)
        usage
        exit 0
        ;;
      *) refuse "unknown: $argument" ;;
    esac
  done
  [ "$verbs" -le 1 ] || refuse 'more than one of install, upgrade and uninstall'
  [ "$purges" = no ] || [ "$verb" = uninstall ] || refuse '--purge goes with uninstall'
  check_machine
  case $verb in
    uninstall) uninstall ;;
    upgrade)
      [ -x "$bin" ] || fail "nothing to upgrade: $bin is not there (install.sh install)"
      install_all
      ;;
    install) install_all ;;
  esac
}

check_machine() {
  [ "$(uname -s)" = Linux ] || fail 'Petrel as a service needs Linux with systemd'
  is_live || return 0
  [ "$(id -u)" -eq 0 ] || fail 'run it as root: sudo deploy/install.sh'
  [ -d /run/systemd/system ] ||
    fail 'systemd does not run here. Petrel needs no installation: let your supervisor run "petrel run --config FILE"'
}

# Whether this is a real installation and not one into DESTDIR.
is_live() {
  [ -z "$dest" ]
}

install_all() {
  executable=$(find_executable)
  check_executable "$executable"
  ensure_user
  put "$executable" "$bin" 0755
  put "$root/deploy/systemd/petrel.service" "$unit" 0644
  install_config
  is_live || return 0
  was_active=$(systemctl is-active petrel) || true
  systemctl daemon-reload
  if [ "$starts" = yes ]; then start; fi
  next_steps
}

# In a release it stands at the top, in a checkout in dist.
find_executable() {
  for file in "$root/petrel" "$root/dist/petrel"; do
    if [ -f "$file" ]; then
      printf '%s\n' "$file"
      return
    fi
  done
  fail "no executable at $root/petrel or $root/dist/petrel: npm run build makes it"
}

check_executable() {
  code=0
  said=$("$1" --version 2>&1) || code=$?
  case $code in
    0) say "$said, for $(uname -m)" ;;
    126) fail "$1 cannot be run: it is made for another processor than $(uname -m), or its folder is mounted noexec ($said)" ;;
    132) fail 'this processor is too old: SSE4.2 is needed (every x86-64 server processor since 2009 has it)' ;;
    *) fail "$1 --version fails with exit code $code: $said" ;;
  esac
}

ensure_user() {
  is_live || return 0
  getent passwd petrel >/dev/null && return
  useradd --system --user-group --no-create-home --home-dir /var/lib/petrel --shell /usr/sbin/nologin petrel
  say 'made the user petrel'
}

# Puts a file in its place in one step, also while the old one runs; that one stays as FILE.previous.
put() { # source, place, mode
  mkdir -p "$(dirname "$2")"
  cp "$1" "$2.new"
  chmod "$3" "$2.new"
  if [ -e "$2" ]; then ln -f "$2" "$2.previous"; fi
  mv "$2.new" "$2"
}

# petrel.toml may hold secrets: for root and the service alone. One that is there is never touched.
install_config() {
  mkdir -p "$config" "$data"
  chmod 0750 "$config"
  chmod 0700 "$data"
  cp "$root/petrel.example.toml" "$config/petrel.example.toml"
  chmod 0644 "$config/petrel.example.toml"
  is_first=no
  if [ ! -e "$config/petrel.toml" ]; then
    is_first=yes
    (
      umask 0137
      first_config >"$config/petrel.toml"
    )
    if is_live; then chgrp petrel "$config/petrel.toml"; fi
    say "wrote $config/petrel.toml"
  fi
  is_live || return 0
  chgrp petrel "$config"
  chown petrel:petrel "$data"
}

first_config() {
  cat <<'TEXT'
# Petrel's configuration. petrel.example.toml beside this file has every key with its default: copy the lines that differ.
# After a change: systemctl reload petrel (some keys need a restart; the journal names them).

data_dir = "/var/lib/petrel"

# port = 443                         # looks most like a website; a web server may have it already
# public_host = "proxy.example.org"  # host in links; without it the first public address of this machine

# [tls]
# domain = "www.example.org"         # the website that strangers see: petrel doctor --domain NAME examines one

[log]
format = "pretty"                    # for those who read the journal; "json" for machines
TEXT
}

start() {
  systemctl enable --quiet petrel
  if systemctl restart petrel; then
    say 'the service runs'
    return
  fi
  journalctl --unit petrel --lines 10 --no-pager --output cat >&2 || true
  if [ "$was_active" = active ]; then roll_back; fi
  fail 'the service does not start; its last lines are above. Once mended: systemctl restart petrel'
}

# What ran before this run of the installer runs again.
roll_back() {
  mv "$bin.previous" "$bin"
  mv "$unit.previous" "$unit"
  systemctl daemon-reload
  systemctl restart petrel || fail 'neither the new version nor the one before starts; the last lines are above'
  fail 'the new version does not start, its last lines are above: the one before is back and runs'
}

next_steps() {
  if [ "$starts" = yes ] && [ "$is_first" = yes ]; then
    echo
    (cd /etc/petrel && "$bin" link --config /etc/petrel/petrel.toml) || true
  fi
  cat <<'TEXT'

  configure   /etc/petrel/petrel.toml, then: systemctl reload petrel
  look        systemctl status petrel, journalctl -u petrel, petrel status
  links       petrel link
  uninstall   deploy/install.sh uninstall
TEXT
  if [ "$starts" = no ]; then echo '  start       systemctl enable --now petrel'; fi
}

uninstall() {
  if is_live && [ -f "$unit" ]; then systemctl disable --quiet --now petrel || true; fi
  rm -f "$bin" "$bin.previous" "$bin.new" "$unit" "$unit.previous"
  if is_live; then systemctl daemon-reload; fi
  if [ "$purges" = no ]; then
    say "removed; $config and $data are kept (uninstall --purge removes them too)"
    return
  fi
  rm -rf "$config" "$data" "$unit.d"
  # A user of that name that is not ours stays.
  if is_live && getent passwd petrel | grep -q ':/var/lib/petrel:'; then userdel petrel; fi
  say 'removed, with configuration and data'
}

say() {
  printf '%s\n' "$1"
}

fail() {
  printf '%s\n' "install.sh: $1" >&2
  exit 1
}

refuse() {
  printf '%s\n\n' "install.sh: $1" >&2
  usage >&2
  exit 2
}

main "$@"
