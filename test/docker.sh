#!/usr/bin/env bash
# Tries the container for real, with each compose command that is here: builds it, starts it, sends bytes through it,
# looks at its limits, signals it, upgrades it and gives it wrong settings. Without an engine it says so and exits 0.
#
#   npm ci && test/docker.sh
#
# Once built it contacts no outside address: the proxy listens on 127.0.0.1, and its configuration puts every data centre
# and the fronted site there too (dc_overrides and mask.host in configure below). The build needs the images that the
# Dockerfile names, Debian's packages and the npm registry. It works on a copy of the checkout and with names of its own,
# except mtproxy_stable: where a container of this name exists it refuses to start.
#
#   PETREL_TEST_BUILD_NETWORK=host   network of the build, where the engine has no bridge
#   PETREL_TEST_NOFILE=4096          open files, where the engine may not give as many as docker-compose.yml asks for
set -uo pipefail

NAME=mtproxy_stable
PROJECT=petrel-test
HEALTHY_SECONDS=30
# A stop may use the second that sessions have; the rest is the engine's.
STOP_SECONDS=4

root=$(cd "$(dirname "$0")/.." && pwd)
bun=$root/node_modules/.bin/bun
work=$(mktemp -d)
copy=$work/petrel
passed=0
failed=0
compose_command=()

main() {
  local commands=() command
  docker info >/dev/null 2>&1 || skip 'no container engine answers'
  docker compose version >/dev/null 2>&1 && commands+=('docker compose')
  docker-compose version >/dev/null 2>&1 && commands+=('docker-compose')
  [ ${#commands[@]} -gt 0 ] || skip 'neither "docker compose" nor docker-compose is here'
  [ -x "$bun" ] || give_up 'run npm ci first: the ends of the session run from the checkout'
  docker inspect "$NAME" >/dev/null 2>&1 && give_up "a container $NAME exists: this test would take its place"

  trap clean_up EXIT
  copy_checkout
  coproc DATA_CENTER { exec "$bun" "$root/test/deploy/echo-through.ts" data-center; }
  read -r dc_port <&"${DATA_CENTER[0]}" || give_up 'the simulated data centre did not start'
  configure "$dc_port"
  for command in "${commands[@]}"; do
    read -ra compose_command <<<"$command"
    echo "== $command $("${compose_command[@]}" version --short)"
    try_container
  done
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

try_container() {
  first_start
  confinement
  signals
  upgrade
  settings
  wrong_settings
  compose down --volumes --rmi local >/dev/null 2>&1
}

first_start() {
  rm -f "$copy/.env"
  check 'up builds it and starts it without .env' compose up -d
  inspect '{{.Id}}' >/dev/null || give_up 'it was not built: nothing more to try'
  check 'it becomes healthy' is_healthy
  check 'logs show the links' eventually 5 logs_have 'tg://proxy?server=proxy.example.org'
  first_secret=$(secret)
  check 'bytes go through it and back' echo_through
}

confinement() {
  check 'memory is limited to 1.5 GB' is '{{.HostConfig.Memory}}' 1610612736
  check 'CPU is limited to 0.8' is '{{.HostConfig.NanoCpus}}' 800000000
  local files=${PETREL_TEST_NOFILE:-65536}
  check 'open files are limited' is '{{range .HostConfig.Ulimits}}{{.Name}} {{.Soft}} {{.Hard}}{{end}}' \
    "nofile $files $files"
  check 'logs rotate' is '{{.HostConfig.LogConfig}}' '{json-file map[max-file:3 max-size:10m]}'
  check 'it starts again after a reboot' is '{{.HostConfig.RestartPolicy.Name}}' always
  check "it uses the host's network" is '{{.HostConfig.NetworkMode}}' host
  check 'its one capability is for low ports' has_one_capability
  check 'it does not run as root' runs_as 10001
  check 'its root file system is read-only' cannot_be_written
}

signals() {
  local started pid
  started=$(inspect '{{.State.StartedAt}}')
  check 'SIGHUP is delivered' compose kill -s HUP mtproxy
  check 'SIGHUP reloads' eventually 5 logs_have 'configuration reloaded'
  check 'SIGHUP restarts nothing' is '{{.State.StartedAt}}' "$started"
  pid=$(inspect '{{.State.Pid}}')
  # Only as root, and where the engine's processes are this machine's.
  if [ "$(id -u)" -eq 0 ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = petrel ]; then
    kill -KILL "$pid"
    # After the SIGHUP: Docker must not have taken that for a stop.
    check 'killed, it starts again' eventually 10 is '{{.RestartCount}} {{.State.Running}}' '1 true'
    check 'and becomes healthy again' is_healthy
  fi
  check "SIGTERM stops it within $STOP_SECONDS seconds, a client being connected" stops_in_time
  check 'it exits with 0' is '{{.State.ExitCode}}' 0
}

upgrade() {
  local image
  image=$(inspect '{{.Image}}')
  check 'down removes it' compose down
  check 'up starts it again' compose up -d
  check 'its user is still there' eventually 5 has_secret "$first_secret"
  echo 'Object.assign(globalThis, { aNewVersion: true });' >>"$copy/src/main.ts"
  make_room >/dev/null 2>&1
  check 'up --build upgrades it' compose up -d --build
  check 'the image is a new one' is_not '{{.Image}}' "$image"
  check 'it becomes healthy after the upgrade' is_healthy
  check 'its user is still there after the upgrade' has_secret "$first_secret"
  check 'bytes go through the new one' echo_through
}

settings() {
  cp "$copy/.env.example" "$copy/.env"
  # The example's port may be taken on this machine.
  sed -i 's/^MTPROTO_PORT=.*/MTPROTO_PORT=0/' "$copy/.env"
  check 'a copy of .env.example starts' renew
  check 'it becomes healthy with the example' is_healthy

  local port metrics_port
  port=$(free_port 443 1023 1022 1021 1020)
  metrics_port=$(free_port 9090 19090 29090 39090)
  {
    printf 'MTPROTO_PORT=%s\nUSER8_SECRET=%s\n' "$port" "$(docker exec "$NAME" petrel secret)"
    printf 'ENABLE_METRICS=true\nMETRICS_PORT=%s\n' "$metrics_port"
  } >"$copy/.env"
  check "a changed .env is taken: port $port" renew
  check 'it becomes healthy there' is_healthy
  check "a client gets through port $port" echo_through
  check 'a user of .env is there' has_user user8
  check "metrics are at port $metrics_port" has_metrics "$metrics_port"
}

wrong_settings() {
  local setting
  for setting in MTPROTO_PORT=70000 TLS_DOMAIN=https://example.org/ USER1_SECRET=abc \
    USER2_SECRET=0123456789abcdef0123456789abcdef USER_MAX_TCP_CONNS=many ENABLE_METRICS=maybe METRICS_PORT=0; do
    echo "$setting" >"$copy/.env"
    check "a wrong ${setting%%=*}: exit 2, and logs that name it" is_refused "${setting%%=*}"
  done
}

skip() { # reason
  echo "skipped: $1; the container was not tried"
  exit 0
}

give_up() { # reason
  echo "docker.sh: $1" >&2
  exit 1
}

check() { # title, command...
  local title=$1
  shift
  if "$@" >"$work/output" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $title"
  else
    failed=$((failed + 1))
    echo "FAILED  $title"
    tail -n 5 "$work/output" | sed 's/^/        /'
  fi
}

eventually() { # seconds, command...
  local limit=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$limit" ] || return 1
    sleep 0.2
  done
}

compose() {
  (cd "$copy" && "${compose_command[@]}" -p "$PROJECT" -f docker-compose.yml -f test.yml "$@")
}

# docker-compose 1.29 cannot replace a container of Docker 25 or later.
make_room() {
  local engine
  engine=$(docker version --format '{{.Server.Version}}')
  if [ "${compose_command[0]}" = docker-compose ] && [ "${engine%%.*}" -ge 25 ]; then compose down; fi
}

# Starts it with the settings that have changed.
renew() {
  make_room
  compose up -d
}

inspect() { # template
  docker inspect -f "$1" "$NAME"
}

is() { # template, value
  local found
  found=$(inspect "$1")
  [ "$found" = "$2" ] || { echo "found: $found" && return 1; }
}

is_not() { # template, value
  ! is "$@"
}

is_healthy() {
  eventually "$HEALTHY_SECONDS" is '{{.State.Health.Status}}' healthy
}

logs_have() { # text
  compose logs 2>&1 | grep -qF "$1"
}

# The ee secret of the first user, out of its link.
secret() {
  docker exec "$NAME" petrel link user1 | sed -n 's/^ *secret \(ee[0-9a-f]*\)$/\1/p'
}

has_secret() { # secret
  [ -n "$1" ] && [ "$(secret)" = "$1" ]
}

has_user() { # name
  docker exec "$NAME" petrel link "$1"
}

port() {
  docker logs "$NAME" 2>&1 | sed -n 's/.*"message":"serving".*"addresses":"127\.0\.0\.1:\([0-9]*\)".*/\1/p' | tail -n 1
}

echo_through() {
  local key
  key=$(docker exec "$NAME" petrel link | sed -n 's/^ *secret \(ee[0-9a-f]*\)$/\1/p' | head -n 1)
  timeout 20 "$bun" "$root/test/deploy/echo-through.ts" client "$(port)" "$key"
}

# Newer engines write the names with CAP_ before them.
has_one_capability() {
  local found
  found=$(inspect '{{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}}')
  [ "${found//CAP_/}" = '[ALL] [NET_BIND_SERVICE]' ] || { echo "found: $found" && return 1; }
}

runs_as() { # uid
  [ "$(docker top "$NAME" -eo pid,uid | awk 'NR > 1 { print $2 }' | sort -u)" = "$1" ]
}

cannot_be_written() {
  ! docker cp "$copy/package.json" "$NAME:/etc/petrel/" && grep -q 'read-only' "$work/output"
}

stops_in_time() {
  local begun=$SECONDS client
  exec {client}<>"/dev/tcp/127.0.0.1/$(port)"
  compose stop
  exec {client}>&-
  echo "it took about $((SECONDS - begun)) seconds"
  [ $((SECONDS - begun)) -lt "$STOP_SECONDS" ]
}

is_refused() { # variable
  renew &&
    eventually 10 logs_have "environment: $1: " &&
    eventually 10 is '{{.State.Status}} {{.State.ExitCode}}' 'restarting 2'
}

has_metrics() { # port
  local connection
  exec {connection}<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n' >&"$connection"
  timeout 5 grep -q '^petrel_build_info' <&"$connection"
}

free_port() { # port...
  local port
  for port in "$@"; do
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

# What a clone would hold, so that neither .env nor petrel.toml of the checkout plays a part.
copy_checkout() {
  mkdir -p "$copy"
  (cd "$root" && git ls-files -z --cached --others --exclude-standard | tar --null -T - -c) | tar -x -C "$copy"
}

configure() { # port of the data centre
  local dc
  {
    printf 'port = 0\nlisten = ["127.0.0.1"]\npublic_host = "proxy.example.org"\n'
    printf '[mask]\nhost = "127.0.0.1"\nport = 1\n'
    printf '[telegram.dc_overrides]\n'
    for dc in 1 2 3 4 5 203; do printf '"%s" = "127.0.0.1:%s"\n' "$dc" "$1"; done
  } >"$copy/petrel.toml"
  {
    printf 'services:\n  mtproxy:\n'
    printf '    volumes: [./petrel.toml:/etc/petrel/petrel.toml:ro]\n'
    printf '    healthcheck: {interval: 1s}\n'
    [ -z "${PETREL_TEST_BUILD_NETWORK-}" ] || printf '    build: {network: %s}\n' "$PETREL_TEST_BUILD_NETWORK"
    [ -z "${PETREL_TEST_NOFILE-}" ] ||
      printf '    ulimits: {nofile: {soft: %s, hard: %s}}\n' "$PETREL_TEST_NOFILE" "$PETREL_TEST_NOFILE"
  } >"$copy/test.yml"
}

clean_up() {
  if [ ${#compose_command[@]} -gt 0 ]; then compose down --volumes --rmi local >/dev/null 2>&1; fi
  rm -rf "$work"
}

main
