import type { Browser, BrowserContext } from 'playwright-core';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import { freePort } from '../../support/ports.js';
import { launchChromium } from '../../support/chromium.js';
import { createCertificate, trustInThisProcess } from '../../support/tls.js';
import { startAttacker, type AttackerSite } from './attacker.js';
import { HOSTS } from './hosts.js';
import { naiveRedirectUri } from './naive-login.js';
import { startShop, type Shop, type ShopSetup } from './shop.js';

/** What a browser keeps of another one: somebody who was signed in there is signed in here. */
type StorageState = Awaited<ReturnType<BrowserContext['storageState']>>;

/** An application, an authorization server and an attacker on three sites, and a browser. */
export interface ThreeSites {
  readonly shop: Shop;
  readonly login: UpbondEmulator;
  readonly attacker: AttackerSite;
  /** Another person at another computer: nothing is shared between two of them. */
  visitor(storageState?: StorageState): Promise<BrowserContext>;
  close(): Promise<void>;
}

export async function startThreeSites(setup?: ShopSetup): Promise<ThreeSites> {
  const certificate = await createCertificate(Object.values(HOSTS));
  const distrust = trustInThisProcess(certificate);
  const settings = await shopSettings();
  const login = await startLogin(settings, certificate);
  const shop = await startShop(settings, certificate, setup);
  const attacker = await startAttacker(certificate);
  const browser = await launchChromium(
    '--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND',
    `--ignore-certificate-errors-spki-list=${certificate.spki}`,
  );
  return {
    shop,
    login,
    attacker,
    visitor: (storageState) => newVisitor(browser, storageState),
    async close() {
      await browser.close();
      attacker.close();
      await Promise.all([shop.close(), login.close()]);
      distrust();
    },
  };
}

async function newVisitor(browser: Browser, storageState?: StorageState): Promise<BrowserContext> {
  const context = await browser.newContext(storageState ? { storageState } : {});
  context.setDefaultTimeout(10_000);
  return context;
}

async function shopSettings() {
  return {
    url: `https://${HOSTS.shop}:${await freePort()}`,
    loginUrl: `https://${HOSTS.login}:${await freePort()}`,
    clientId: 'example-shop',
    clientSecret: 'the-secret-of-the-example-shop-only',
  };
}

function startLogin(
  settings: Awaited<ReturnType<typeof shopSettings>>,
  { key, cert }: { key: string; cert: string },
): Promise<UpbondEmulator> {
  const { url, loginUrl, clientId, clientSecret } = settings;
  return startUpbondEmulator({
    port: Number(new URL(loginUrl).port),
    publicUrl: loginUrl,
    tls: { key, cert },
    clients: [
      {
        clientId,
        clientSecret,
        redirectUris: [`${url}/auth/callback`, naiveRedirectUri(settings)],
        postLogoutRedirectUris: [`${url}/`],
      },
    ],
  });
}
