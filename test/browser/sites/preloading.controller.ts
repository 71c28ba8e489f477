import { Controller, Get, Header } from '@nestjs/common';

/** Pages of the shop that make the browser fetch pages before anybody asks for them. */
@Controller('preloading')
export class PreloadingController {
  @Get('link')
  link(): string {
    return `<!doctype html><title>Hints</title>
<link rel="prefetch" href="/auth/login">
<link rel="prefetch" href="/unprotected/login">`;
  }

  @Get('rules')
  @Header('Speculation-Rules', '"/preloading/rules.json"')
  rules(): string {
    return '<!doctype html><title>Rules</title><h1>Rules</h1>';
  }

  @Get('rules.json')
  @Header('Content-Type', 'application/speculationrules+json')
  rulesJson(): string {
    const list = { source: 'list', eagerness: 'immediate' };
    return JSON.stringify({
      prefetch: [{ ...list, urls: ['/auth/login?via=prefetch'] }],
      prerender: [{ ...list, urls: ['/auth/login?via=prerender', '/unprotected/login'] }],
    });
  }
}
