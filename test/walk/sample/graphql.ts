import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import {
  Field,
  GraphQLModule,
  ID,
  Mutation,
  ObjectType,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { Public, Scopes } from 'nestjs-upbond-auth';

@ObjectType()
export class Author {
  @Field(() => ID)
  id!: string;
}

@ObjectType()
export class Book {
  @Field(() => ID)
  id!: string;
}

/** A stream of one event. */
export async function* once<Name extends string>(name: Name) {
  yield { [name]: 'new' };
}

@Resolver(() => Book)
export class BooksResolver {
  @Query(() => [Book])
  books() {
    return [{ id: '1' }];
  }

  @Public()
  @Query(() => Book)
  bookOfTheDay() {
    return { id: '1' };
  }

  @Mutation(() => Book)
  addBook() {
    return { id: '2' };
  }

  @Public()
  @Mutation(() => Boolean)
  suggestBook() {
    return true;
  }

  @ResolveField(() => Author, { nullable: true })
  author() {
    return { id: '1' };
  }

  @Public()
  @ResolveField(() => String, { nullable: true })
  title() {
    return 'a book';
  }

  @Subscription(() => String)
  bookAdded() {
    return once('bookAdded');
  }

  @Public()
  @Subscription(() => String)
  bookOfTheDayChanged() {
    return once('bookOfTheDayChanged');
  }
}

/** Open as a whole, under names of its own. */
@Public()
@Resolver(() => Author)
export class AuthorsResolver {
  @Query(() => Author, { name: 'authorOfTheDay' })
  findAuthor() {
    return { id: '1' };
  }

  @ResolveField('fullName', () => String, { nullable: true })
  findName() {
    return 'somebody';
  }

  @Scopes('authors:contact')
  @ResolveField(() => String, { nullable: true })
  email() {
    return 'author@example.com';
  }

  @Scopes('authors:write')
  @Mutation(() => Boolean)
  removeAuthor() {
    return true;
  }
}

/** Field resolvers have no guard without `fieldResolverEnhancers`. */
export function graphqlModule(
  fieldResolverEnhancers: ApolloDriverConfig['fieldResolverEnhancers'],
) {
  return GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    autoSchemaFile: true,
    graphiql: false,
    subscriptions: { 'graphql-ws': true },
    ...(fieldResolverEnhancers && { fieldResolverEnhancers }),
  });
}

export const RESOLVERS = [BooksResolver, AuthorsResolver];
