/** Hosts on three different sites; ports of one host would be the same site and prove nothing. */
export const HOSTS = {
  shop: 'app.example-shop.test',
  /** The shop's site, but not its origin: user content, a blog, an abandoned subdomain. */
  sibling: 'blog.example-shop.test',
  login: 'login.example-id.test',
  attacker: 'evil.example-attacker.test',
} as const;
