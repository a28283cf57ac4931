import type { SiteAddress } from '../front/visit-site.ts';
import type { MaskPolicy } from '../proxy/policy.ts';
import { writeProxyHeader } from '../wire/proxy-header.ts';

/** No visitor's address: the header then says that the connection is the balancer's own. */
const OURSELVES = { ip: '', port: 0 };

/** Where a fronted site is asked, with the PROXY header that it may want first. */
export function siteAddress(
  { siteOf, proxyProtocol }: Pick<MaskPolicy, 'siteOf' | 'proxyProtocol'>,
  domain: string,
): SiteAddress {
  const preface = proxyProtocol === 0 ? null : writeProxyHeader(proxyProtocol, OURSELVES, OURSELVES);
  return { endpoint: siteOf(domain), preface };
}
