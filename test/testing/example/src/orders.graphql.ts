// src/orders.graphql.ts
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module, UseGuards } from '@nestjs/common';
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { CurrentUser, Scopes, UpbondGuard } from 'nestjs-upbond-auth';

@UseGuards(UpbondGuard)
@Resolver()
export class OrdersResolver {
  @Scopes('read:orders')
  @Query(() => [String])
  orders(@CurrentUser('sub') sub: string) {
    return [`an order of ${sub}`];
  }
}

@Module({
  imports: [
    GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      autoSchemaFile: true,
      subscriptions: { 'graphql-ws': true },
    }),
  ],
  providers: [OrdersResolver],
})
export class GraphqlModule {}
