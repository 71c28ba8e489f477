import { chromium } from 'playwright-core';
import { createServer } from 'node:http';
import { startUpbondEmulator } from './dist/index.js';
const app = createServer((q, r) => r.end('APP ' + q.url)).listen(0);
const cb = `http://localhost:${app.address().port}/cb`;
const em = await startUpbondEmulator({ clients: [{ clientId: 'demo', clientSecret: 's', redirectUris: [cb], postLogoutRedirectUris:[`http://localhost:${app.address().port}/`] }] });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox','--disable-gpu','--disable-quic','--no-first-run','--disable-background-networking','--disable-component-update','--disable-sync'] });
for (const [name, viewport, js] of [['phone', { width: 390, height: 844 }, false], ['desktop', { width: 1280, height: 800 }, true]]) for (const colorScheme of ['light', 'dark']) {
  const ctx = await browser.newContext({ viewport, colorScheme, javaScriptEnabled: js });
  const page = await ctx.newPage();
  const errs = []; page.on('console', m => errs.push(m.text())); page.on('pageerror', e => errs.push(String(e)));
  const q = new URLSearchParams({ response_type: 'code', client_id: 'demo', redirect_uri: cb, state: 'x', scope: 'openid profile email wallet offline_access read:contacts', audience: 'https://api.example.test/contacts', login_hint: colorScheme === 'dark' ? 'taro@example.com' : '' });
  await page.goto(`${em.url}/`); await page.screenshot({ path: `/tmp/emulator-shots/home-${name}-${colorScheme}.png` });
  await page.goto(`${em.url}/authorize?${q}`);
  await page.screenshot({ path: `/tmp/emulator-shots/login-${name}-${colorScheme}.png` });
  await page.getByRole('button', { name: 'Hanako Yamada', exact: true }).click();
  await page.screenshot({ path: `/tmp/emulator-shots/consent-${name}-${colorScheme}.png` });
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  console.log(name, colorScheme, page.url().slice(0, 60), await page.textContent('body').then(t => t.slice(0, 20)), errs);
  if (js) { q.set('prompt', 'login'); await page.goto(`${em.url}/authorize?${q}`); await page.getByRole('button', { name: 'Taro Suzuki', exact: true }).click(); await page.getByRole('button', { name: 'Deny', exact: true }).click(); await page.waitForURL(/access_denied/); console.log('switch+deny', page.url().slice(0,90)); }
  await page.goto(`${em.url}/v2/logout?client_id=demo&returnTo=http://evil.test/`); await page.screenshot({ path: `/tmp/emulator-shots/logout-${name}-${colorScheme}.png` });
  await ctx.close();
}
await browser.close(); await em.close(); app.close(); app.closeAllConnections();
