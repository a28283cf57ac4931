#!/usr/bin/env bash
# Tunes the kernel of a small server (1 vCPU / 2 GB) for Petrel: now, and for every start from now on.
#
# It writes only files of its own, keeps what the machine had before the first run, and goes back to it with --revert.
# What each setting does, what it costs and what is left alone: docs/tuning.md.

set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

readonly STATE=/var/lib/petrel-tuning/before.conf
readonly SYSCTL_FILE=/etc/sysctl.d/90-petrel.conf
readonly MODULES_FILE=/etc/modules-load.d/90-petrel.conf
readonly LIMITS_FILE=/etc/security/limits.d/90-petrel.conf
readonly JOURNAL_FILE=/etc/systemd/journald.conf.d/90-petrel.conf
readonly HEADER='# Written by optimize_system_lowres.sh and removed by its --revert.'

readonly OPEN_FILES=65536
readonly JOURNAL_SIZE=200M

# Calls a function with name, value and reason of each setting. N+ is the least and N- the most that is wanted: a machine
# that goes further keeps its own.
each_setting() { # function
  local name value reason
  while IFS='|' read -r name value reason; do
    value=${value# }
    "$1" "${name% }" "${value% }" "${reason# }"
  done <<'TABLE'
net.core.default_qdisc | fq | paces what BBR sends and keeps one download from delaying the others
net.ipv4.tcp_congestion_control | bbr | keeps its speed on lossy mobile links
net.ipv4.tcp_fastopen | 3+ | a program that asks for it saves a round trip when connecting
net.ipv4.tcp_mtu_probing | 1+ | finds a packet size that passes where a tunnel swallows large ones
net.ipv4.tcp_slow_start_after_idle | 0 | without BBR: an answer after a pause starts at full speed
net.core.rmem_max | 16777216+ | the most that a program may ask to receive into; costs nothing until one asks
net.core.wmem_max | 16777216+ | the most that a program may ask to send from; costs nothing until one asks
net.ipv4.tcp_rmem | 4096 32768- 16777216+ | a small start bounds what waits before it is accepted; a fast download may grow
net.ipv4.tcp_wmem | 4096 16384- 16777216+ | a small start for idle connections; a fast upload may grow
net.ipv4.tcp_notsent_lowat | 131072- | a stalled reader holds 128 KB of unsent bytes at most, whatever the ceiling
net.core.somaxconn | 4096+ | connections that may wait to be accepted when everybody reconnects
net.ipv4.tcp_max_syn_backlog | 4096+ | half-open connections, as many as may wait to be accepted
net.core.netdev_max_backlog | 2048+ | packets that may wait for the one CPU: a burst, not seconds
net.ipv4.tcp_syncookies | 1 | a flood of half-open connections takes no memory
net.ipv4.ip_local_port_range | 10240- 65535+ | every session dials out: 55,000 ports towards each address of Telegram
net.ipv4.tcp_tw_reuse | 1 | a port of a closed connection dials again after a second
net.ipv4.tcp_fin_timeout | 30- | closed connections to phones that have gone leave memory sooner
net.ipv4.tcp_keepalive_time | 300- | dead peers are noticed in minutes rather than hours, where a program asks for it
net.ipv4.tcp_keepalive_intvl | 40- | seconds between the probes
net.ipv4.tcp_keepalive_probes | 5- | probes before a silent peer counts as dead
net.netfilter.nf_conntrack_max | 65536+ | a session is two tracked connections; a full table drops new ones
net.netfilter.nf_conntrack_tcp_timeout_established | 7440- | dead connections leave the table after 2 h, not 5 days (RFC 5382)
fs.file-max | 262144+ | open files of the whole machine: a session takes two
fs.nr_open | 1048576+ | the most that any limit of open files may say
vm.swappiness | 10- | memory of programs is swapped out last: waiting for it delays every session
vm.overcommit_memory | 1- | 2 would refuse the gigabytes of addresses that the runtime reserves and never fills
TABLE
}

dry_run=false
changed=0 same=0 kept=0 skipped=0 failed=0
state_text='# What the machine had before optimize_system_lowres.sh; --revert goes back to it.'
sysctl_text=$HEADER

usage() {
  cat <<'USAGE'
Usage: sudo ./optimize_system_lowres.sh [--dry-run | --revert | --help]

Tunes the kernel of a small server for Petrel, now and for every start from now on.

  --dry-run   show what would change and why; touch nothing (works without root)
  --revert    go back to what the machine had before the first run
  --help      this text
USAGE
}

line() { printf '  %-51s %s\n' "$1" "$2"; }
change() { line "$1" "$2" && changed=$((changed + 1)); }
same() { line "$1" "$2, already so" && same=$((same + 1)); }
keep() { line "$1" "$2, kept ($3)" && kept=$((kept + 1)); }
skip() { line "$1" "skipped: $2" && skipped=$((skipped + 1)); }
fail() { line "$1" "FAILED: $2" >&2 && failed=$((failed + 1)); }

value_of() { # path
  local -a words=()
  read -ra words <"$1" || true
  printf '%s\n' "${words[*]}"
}

# Fails when the kernel refuses the value or makes something else of it.
set_value() { # path, value
  { printf '%s\n' "$2" >"$1"; } 2>/dev/null && [[ $(value_of "$1") == "$2" ]]
}

# Compares whole numbers of any length: some kernels count to 2^64, the shell does not.
exceeds() { # a, b
  ((${#1} > ${#2})) || { ((${#1} == ${#2})) && [[ $1 > $2 ]]; }
}

# Prints the value that a setting gets: ours, with the machine's own numbers where those go further.
aim() { # current, wanted
  local -a have want merged=()
  local i ours
  read -ra have <<<"$1"
  read -ra want <<<"$2"
  for i in "${!want[@]}"; do
    ours=${want[i]%[+-]}
    case ${want[i]} in
      *+) if exceeds "${have[i]-0}" "$ours"; then ours=${have[i]}; fi ;;
      *-) if exceeds "$ours" "${have[i]-$ours}"; then ours=${have[i]}; fi ;;
    esac
    merged+=("$ours")
  done
  printf '%s\n' "${merged[*]}"
}

knows_module() { modprobe -q -D "$1" >/dev/null 2>&1; }

has_bbr() { # looks without loading anything
  grep -qsw bbr /proc/sys/net/ipv4/tcp_available_congestion_control || knows_module tcp_bbr
}

# Adds what a setting is to the text of the state, unless an earlier run has put it there.
remember() { # name
  local path=/proc/sys/${1//.//}
  if [[ -r $path && $state_text != *$'\n'"$1 = "* ]]; then state_text+=$'\n'"$1 = $(value_of "$path")"; fi
}

tune() { # name, wanted, reason
  local path=/proc/sys/${1//.//} current value
  if [[ ! -r $path ]]; then
    skip "$1" 'this kernel has no such setting'
  elif ((EUID == 0)) && [[ ! -w $path ]]; then
    skip "$1" 'read-only here'
  elif [[ $2 == bbr ]] && ! has_bbr; then
    skip "$1" 'this kernel has no BBR'
  else
    current=$(value_of "$path")
    value=$(aim "$current" "$2")
    if [[ $current != "$value" ]] && ! $dry_run && ! set_value "$path" "$value"; then
      skip "$1" "the kernel refused $value"
    else
      sysctl_text+=$'\n'"$1 = $value"
      report "$1" "$current" "$value" "$2"
      if $dry_run; then echo "      $3"; fi
    fi
  fi
}

report() { # name, before, after, wanted
  if [[ $2 != "$3" ]]; then
    change "$1" "$2 -> $3"
  elif [[ $3 == "${4//[+-]/}" ]]; then
    same "$1" "$3"
  elif [[ $4 == *+ ]]; then
    keep "$1" "$3" higher
  else
    keep "$1" "$3" lower
  fi
}

# Writes a file whole or not at all.
write_file() { # path, mode, text
  { mkdir -p "${1%/*}" && printf '%s\n' "$3" >"$1.new" && chmod "$2" "$1.new" && mv "$1.new" "$1"; } 2>/dev/null
}

# Before the first change, so that whatever happens to this run can be reverted.
keep_state() {
  if [[ -f $STATE ]]; then state_text=$(<"$STATE"); fi
  each_setting remember
  if [[ -f $STATE && $(<"$STATE") == "$state_text" ]]; then return; fi
  if ! (umask 077 && write_file "$STATE" 600 "$state_text"); then
    echo "Nothing was changed: $STATE cannot be written, so that there would be no way back." >&2
    exit 1
  fi
}

persist() { # path, what it holds, text
  if [[ -f $1 && $(<"$1") == "$3" ]]; then
    same "$1" "$2"
  elif $dry_run; then
    change "$1" "would hold $2"
  elif write_file "$1" 644 "$3"; then
    change "$1" "holds $2"
  else
    fail "$1" 'cannot be written; what was changed lasts until the next start'
  fi
}

# The modules that must be there when the settings are read at a start.
tune_modules() {
  local -a names=()
  if knows_module tcp_bbr; then names+=(tcp_bbr); fi
  if [[ -e /proc/sys/net/netfilter/nf_conntrack_max ]] && knows_module nf_conntrack; then names+=(nf_conntrack); fi
  if ((${#names[@]} == 0)); then
    skip "$MODULES_FILE" 'there is no module to load here'
  else
    persist "$MODULES_FILE" "${names[*]}" "$(printf '%s\n' "$HEADER" "${names[@]}")"
  fi
}

# The soft limit alone: PAM keeps it within the hard one, and sets neither when it may not set the hard one.
tune_limits() {
  local own
  own=$(ulimit -Sn)
  if [[ ! -d /etc/security ]]; then
    skip "$LIMITS_FILE" 'there are no PAM limits here'
  elif [[ $own == unlimited ]] || exceeds "$own" "$OPEN_FILES"; then
    keep "$LIMITS_FILE" "nofile $own" higher
  else
    persist "$LIMITS_FILE" "nofile $OPEN_FILES" "$(printf '%s\n' "$HEADER" "* soft nofile $OPEN_FILES" "root soft nofile $OPEN_FILES")"
  fi
}

restart_journal() {
  systemctl restart systemd-journald.service 2>/dev/null || echo '  Restart systemd-journald yourself: it could not be done.'
}

tune_journal() {
  local own before=$changed
  own=$(grep -ls '^[[:space:]]*SystemMaxUse=' /{etc,usr/lib}/systemd/journald.conf{,.d/*.conf} |
    grep -vxF "$JOURNAL_FILE") || true
  if [[ ! -d /run/systemd/system ]]; then
    skip "$JOURNAL_FILE" 'systemd does not run here'
  elif [[ -n $own ]]; then
    keep "$JOURNAL_FILE" "SystemMaxUse of ${own%%$'\n'*}" 'your own'
  else
    persist "$JOURNAL_FILE" "SystemMaxUse=$JOURNAL_SIZE" "$HEADER"$'\n[Journal]\n'"SystemMaxUse=$JOURNAL_SIZE"
    if ! $dry_run && ((changed > before)); then restart_journal; fi
  fi
}

# Files that are read after ours win at the next start; they are not ours to edit.
warn_of_later_files() {
  local file name value
  for file in /etc/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf /etc/sysctl.conf; do
    if [[ ! -f $file || -L $file || ($file != /etc/sysctl.conf && ! ${file##*/} > ${SYSCTL_FILE##*/}) ]]; then continue; fi
    while IFS=$' \t=' read -r name value || [[ -n $name ]]; do
      name=${name#-} name=${name//\//.}
      if [[ $sysctl_text == *$'\n'"$name = "* && $sysctl_text$'\n' != *$'\n'"$name = $value"$'\n'* ]]; then
        echo "  Note: $file sets $name = $value and wins at the next start."
      fi
    done <"$file"
  done
}

summary() {
  printf '\n%s, %s already so, %s kept, %s skipped.\n' "$1" "$same" "$kept" "$skipped"
  if ((failed > 0)); then
    echo "$failed could not be done: see above."
    exit 1
  elif ((changed == 0)); then
    echo 'Nothing to change.'
  elif $dry_run; then
    echo 'Nothing was touched. To do it: sudo ./optimize_system_lowres.sh'
  else
    echo 'Next: log in again for the limit of open files (the service has its own, LimitNOFILE). Network interfaces take'
    echo 'fq when they come up, so restart the server when it suits. To go back: sudo ./optimize_system_lowres.sh --revert'
  fi
}

apply() {
  if ! $dry_run; then
    exec 3>&2 # the signal may come where errors are muted
    trap 'echo "Interrupted. Run it again to finish, or with --revert to go back." >&3; exit 130' INT TERM HUP
    keep_state
    modprobe -q tcp_bbr 2>/dev/null || true
  fi
  echo 'Kernel settings'
  each_setting tune
  echo 'Files'
  if [[ $sysctl_text == "$HEADER" ]]; then
    skip "$SYSCTL_FILE" 'there is no setting to keep'
  else
    persist "$SYSCTL_FILE" 'the settings above' "$sysctl_text"
    warn_of_later_files
  fi
  tune_modules
  tune_limits
  tune_journal
  summary "$changed $(if $dry_run; then echo would change; else echo changed; fi)"
}

restore() { # name, value
  local path=/proc/sys/${1//.//} current
  if [[ ! -r $path ]]; then
    skip "$1" 'this kernel has no such setting any more'
    return
  fi
  current=$(value_of "$path")
  if [[ $current == "$2" ]]; then return; fi
  if set_value "$path" "$2"; then change "$1" "$current -> $2"; else fail "$1" "the kernel keeps $current and refuses $2"; fi
}

remove() { # path
  local was_there=false
  if [[ -e $1 ]]; then was_there=true; fi
  if ! rm -f "$1" "$1.new" 2>/dev/null; then
    fail "$1" 'cannot be removed'
  elif $was_there; then
    change "$1" removed
  fi
}

revert() {
  local file name value had_journal=false
  if [[ ! -f $STATE ]]; then
    echo 'There is nothing to revert.'
    return
  fi
  while IFS='=' read -r name value; do
    if [[ $name != '#'* ]]; then restore "${name% }" "${value# }"; fi
  done <"$STATE"
  if [[ -e $JOURNAL_FILE ]]; then had_journal=true; fi
  for file in "$SYSCTL_FILE" "$MODULES_FILE" "$LIMITS_FILE" "$JOURNAL_FILE"; do remove "$file"; done
  if $had_journal && [[ -d /run/systemd/system ]]; then restart_journal; fi
  if ((failed == 0)); then remove "$STATE"; fi
  if ((failed > 0)); then
    printf '\n%s could not be taken back: see above. Then run --revert again.\n' "$failed"
    exit 1
  fi
  rmdir "${STATE%/*}" 2>/dev/null || true
  printf '\nEverything is as it was before the first run. Log in again for the limit of open files.\n'
}

need_root() {
  if ((EUID == 0)); then return; fi
  echo "This changes kernel settings and needs root: sudo ./optimize_system_lowres.sh${1:+ $1}" >&2
  exit 1
}

case "$#:${1-}" in
  0:) need_root && apply ;;
  1:--dry-run) dry_run=true && apply ;;
  1:--revert) need_root --revert && revert ;;
  1:--help | 1:-h) usage ;;
  *)
    echo "Not an option: $*" >&2
    usage >&2
    exit 2
    ;;
esac
