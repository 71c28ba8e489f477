import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

interface Entry {
  payload: AdapterPayload;
  expiresAt: number;
}

/**
 * What oidc-provider remembers, in this process only. One store outlives the provider instances
 * that are replaced when keys rotate or habits change.
 */
export class MemoryStore {
  readonly #entries = new Map<string, Entry>();
  readonly #keysByGrant = new Map<string, Set<string>>();
  readonly #sessionByUid = new Map<string, string>();

  readonly adapter: AdapterFactory = (model) => this.#adapterOf(model);

  #find(key: string): AdapterPayload | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > Date.now()) return entry.payload;
    this.#destroy(key);
    return undefined;
  }

  #upsert(key: string, payload: AdapterPayload, expiresIn?: number): void {
    const expiresAt = expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000;
    this.#entries.set(key, { payload, expiresAt });
    if (payload.uid !== undefined) this.#sessionByUid.set(payload.uid, key);
    if (payload.grantId === undefined) return;
    const keys = this.#keysByGrant.get(payload.grantId) ?? new Set();
    this.#keysByGrant.set(payload.grantId, keys.add(key));
  }

  #destroy(key: string): void {
    const payload = this.#entries.get(key)?.payload;
    this.#entries.delete(key);
    if (payload?.grantId !== undefined) this.#keysByGrant.get(payload.grantId)?.delete(key);
    if (payload?.uid !== undefined && this.#sessionByUid.get(payload.uid) === key) {
      this.#sessionByUid.delete(payload.uid);
    }
  }

  #revokeByGrantId(grantId: string): void {
    for (const key of this.#keysByGrant.get(grantId) ?? []) this.#entries.delete(key);
    this.#keysByGrant.delete(grantId);
  }

  #adapterOf(model: string): Adapter {
    const keyOf = (id: string): string => `${model}:${id}`;
    return {
      upsert: async (id, payload, expiresIn) => this.#upsert(keyOf(id), payload, expiresIn),
      find: async (id) => this.#find(keyOf(id)),
      findByUid: async (uid) => this.#find(this.#sessionByUid.get(uid) ?? ''),
      // Only the device flow has user codes, and it is off.
      findByUserCode: async () => undefined,
      consume: async (id) => {
        const payload = this.#find(keyOf(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => this.#destroy(keyOf(id)),
      revokeByGrantId: async (grantId) => this.#revokeByGrantId(grantId),
    };
  }
}
