type OidcProvider = typeof import('oidc-provider');

/** The line that oidc-provider prints when it is imported on Node.js 20. */
const runtimeNotice = 'Unsupported runtime. Use Node.js v22';

let loading: Promise<OidcProvider> | undefined;

function parseUrl(url: string, base?: string): URL | null {
  return URL.canParse(url, base) ? new URL(url, base) : null;
}

async function load(): Promise<OidcProvider> {
  // oidc-provider reads URLs with URL.parse, which the first releases of Node.js 20 lack.
  if (!('parse' in URL)) Object.assign(URL, { parse: parseUrl });
  const { warn } = console;
  console.warn = (...line: unknown[]) => {
    if (!String(line[0]).includes(runtimeNotice)) warn(...line);
  };
  try {
    return await import('oidc-provider');
  } finally {
    console.warn = warn;
  }
}

/**
 * Imports oidc-provider without its notice about Node.js 20: the emulator's own tests run there, and
 * the notice would be the first line an application's developer sees.
 */
export function loadProvider(): Promise<OidcProvider> {
  loading ??= load();
  return loading;
}
