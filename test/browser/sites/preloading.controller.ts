import { Controller, Get, Header, Param } from '@nestjs/common';

/** A route of the library, and what it might be without protection. */
const ROUTES = {
  login: { protected: '/auth/login', naive: '/unprotected/login' },
  logout: { protected: '/auth/logout', naive: '/unprotected/sign-out' },
} as const;

type Route = keyof typeof ROUTES;

/** Pages of the shop that make the browser fetch pages before anybody asks for them. */
@Controller('preloading/:route')
export class PreloadingController {
  @Get('link')
  link(@Param('route') route: Route): string {
    return `<!doctype html><title>Hints</title>
<link rel="prefetch" href="${ROUTES[route].protected}">
<link rel="prefetch" href="${ROUTES[route].naive}">`;
  }

  @Get('embedded')
  embedded(@Param('route') route: Route): string {
    return `<!doctype html><title>Embedded</title>
<img src="${ROUTES[route].protected}?via=img" alt="">
<iframe src="${ROUTES[route].protected}?via=iframe"></iframe>
<img src="${ROUTES[route].naive}" alt="">`;
  }

  @Get('rules')
  @Header('Speculation-Rules', '"rules.json"')
  rules(@Param('route') route: Route): string {
    return `<!doctype html><title>Rules</title><h1>Rules</h1>
<a href="${ROUTES[route].protected}?via=prerender">Go there</a>`;
  }

  @Get('rules.json')
  @Header('Content-Type', 'application/speculationrules+json')
  rulesJson(@Param('route') route: Route): string {
    const { protected: target, naive } = ROUTES[route];
    const list = { source: 'list', eagerness: 'immediate' };
    return JSON.stringify({
      prefetch: [{ ...list, urls: [`${target}?via=prefetch`] }],
      prerender: [{ ...list, urls: [`${target}?via=prerender`, naive] }],
    });
  }
}
