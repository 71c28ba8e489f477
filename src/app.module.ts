import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { UpbondAuthModule } from 'nestjs-upbond-auth';
import { MeController } from './api/me.controller.js';
import { HomeController } from './pages/home.controller.js';
import { ProfileController } from './pages/profile.controller.js';
import { StyleController } from './pages/style.controller.js';

@Module({
  imports: [ConfigModule.forRoot({ isGlobal: true }), UpbondAuthModule.forRoot()],
  controllers: [HomeController, ProfileController, MeController, StyleController],
})
export class AppModule {}
