/** What an untouched Debian 12 on 1 vCPU / 2 GB has; names as in the script. */
export const UNTUNED: Readonly<Record<string, string>> = {
  'net.core.default_qdisc': 'pfifo_fast',
  'net.ipv4.tcp_congestion_control': 'cubic',
  'net.ipv4.tcp_fastopen': '1',
  'net.ipv4.tcp_mtu_probing': '0',
  'net.ipv4.tcp_slow_start_after_idle': '1',
  'net.core.rmem_max': '212992',
  'net.core.wmem_max': '212992',
  'net.ipv4.tcp_rmem': '4096\t131072\t6291456',
  'net.ipv4.tcp_wmem': '4096\t16384\t4194304',
  'net.ipv4.tcp_notsent_lowat': '4294967295',
  'net.core.somaxconn': '4096',
  'net.ipv4.tcp_max_syn_backlog': '128',
  'net.core.netdev_max_backlog': '1000',
  'net.ipv4.tcp_syncookies': '1',
  'net.ipv4.ip_local_port_range': '32768\t60999',
  'net.ipv4.tcp_tw_reuse': '2',
  'net.ipv4.tcp_fin_timeout': '60',
  'net.ipv4.tcp_keepalive_time': '7200',
  'net.ipv4.tcp_keepalive_intvl': '75',
  'net.ipv4.tcp_keepalive_probes': '9',
  'net.netfilter.nf_conntrack_max': '7680',
  'net.netfilter.nf_conntrack_tcp_timeout_established': '432000',
  'fs.file-max': '9223372036854775807',
  'fs.nr_open': '1048576',
  'vm.swappiness': '60',
  'vm.overcommit_memory': '0',
};

/** What the untuned server has afterwards. */
export const TUNED: Readonly<Record<string, string>> = {
  'net.core.default_qdisc': 'fq',
  'net.ipv4.tcp_congestion_control': 'bbr',
  'net.ipv4.tcp_fastopen': '3',
  'net.ipv4.tcp_mtu_probing': '1',
  'net.ipv4.tcp_slow_start_after_idle': '0',
  'net.core.rmem_max': '16777216',
  'net.core.wmem_max': '16777216',
  'net.ipv4.tcp_rmem': '4096 32768 16777216',
  'net.ipv4.tcp_wmem': '4096 16384 16777216',
  'net.ipv4.tcp_notsent_lowat': '131072',
  'net.core.somaxconn': '4096',
  'net.ipv4.tcp_max_syn_backlog': '4096',
  'net.core.netdev_max_backlog': '2048',
  'net.ipv4.tcp_syncookies': '1',
  'net.ipv4.ip_local_port_range': '10240 65535',
  'net.ipv4.tcp_tw_reuse': '1',
  'net.ipv4.tcp_fin_timeout': '30',
  'net.ipv4.tcp_keepalive_time': '300',
  'net.ipv4.tcp_keepalive_intvl': '40',
  'net.ipv4.tcp_keepalive_probes': '5',
  'net.netfilter.nf_conntrack_max': '65536',
  'net.netfilter.nf_conntrack_tcp_timeout_established': '7440',
  'fs.file-max': '9223372036854775807',
  'fs.nr_open': '1048576',
  'vm.swappiness': '10',
  'vm.overcommit_memory': '0',
};

/** As a file of sysctl has them. */
export function asLines(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).map(([name, value]) => `${name} = ${value.replaceAll('\t', ' ')}`);
}
