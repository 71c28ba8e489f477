import { Controller, Get, Header } from '@nestjs/common';
import { style } from './style.js';

/** The stylesheet of all pages. */
@Controller('style.css')
export class StyleController {
  @Get()
  @Header('Content-Type', 'text/css; charset=utf-8')
  @Header('Cache-Control', 'no-cache')
  style(): string {
    return style;
  }
}
