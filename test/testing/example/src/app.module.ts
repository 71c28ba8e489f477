// src/app.module.ts
import { Controller, Get, Module, Post, UseGuards } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { CurrentUser, Scopes, UpbondAuthModule, UpbondGuard } from 'nestjs-upbond-auth';

@UseGuards(UpbondGuard)
@Controller('orders')
export class OrdersController {
  @Scopes('read:orders')
  @Get()
  list(@CurrentUser('sub') sub: string) {
    return [{ owner: sub }];
  }

  @Post()
  create(@CurrentUser('sub') sub: string) {
    return { owner: sub };
  }
}

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    UpbondAuthModule.forRoot({ accessTokenAudiences: ['https://orders.example.com'] }),
  ],
  controllers: [OrdersController],
})
export class AppModule {}
