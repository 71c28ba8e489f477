import { Inject, Injectable } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { AuthorizationServer } from '../authorization-server/authorization-server.js';
import { SCOPES, type Required } from '../decorators/marks.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import { resourceIdentifier } from '../options/protected-resource.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';

/** What clients may know of this API (RFC 9728 §2). */
export interface ProtectedResourceMetadata {
  readonly resource: string | undefined;
  readonly authorization_servers?: readonly string[];
  readonly bearer_methods_supported: readonly ['header'];
  /** What the `@Scopes()` of the application ask for. */
  readonly scopes_supported?: readonly string[];
}

/** Describes this API to its clients. */
@Injectable()
export class ProtectedResourceService {
  #scopes: readonly string[] | undefined;

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(AuthorizationServer) private readonly server: AuthorizationServer,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
  ) {}

  /** @throws UpbondAuthException `temporarily_unavailable` */
  async metadata(): Promise<ProtectedResourceMetadata> {
    const issuer = this.config.issuer ?? (await this.server.metadata()).issuer;
    const scopes = (this.#scopes ??= this.scopes());
    // RFC 9728 §3.2: what has no elements is left out
    return {
      resource: resourceIdentifier(this.config),
      ...(issuer !== undefined && { authorization_servers: [issuer] }),
      bearer_methods_supported: ['header'],
      ...(scopes.length > 0 && { scopes_supported: scopes }),
    };
  }

  private scopes(): string[] {
    const classes = [...this.modules.values()].flatMap(({ controllers, providers }) =>
      [...controllers.values(), ...providers.values()].map(({ metatype }) => metatype),
    );
    const found = [...new Set(classes)].flatMap((one) =>
      typeof one === 'function' ? scopesOf(one as { prototype?: object }) : [],
    );
    return [...new Set(found)].sort();
  }
}

/** The scope values that a class and its methods ask for. */
function scopesOf(subject: { readonly prototype?: object }): string[] {
  const prototype = subject.prototype as Readonly<Record<string, object>> | undefined;
  const names = prototype ? new MetadataScanner().getAllMethodNames(prototype) : [];
  return [subject, ...names.map((name) => prototype?.[name])].flatMap((marked) => {
    const scopes = marked && (Reflect.getMetadata(SCOPES, marked) as Required | undefined);
    return scopes ? [...scopes.values] : [];
  });
}
