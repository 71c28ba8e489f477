/** What a record holds. */
export interface RecordState {
  /** What was written last, if that has not expired. */
  readonly value: string | undefined;
  /** Fencing number under which `value` was written; 0 when there is no value. */
  readonly writtenAs: number;
}

/** What {@link LeasedRecords.lease} answers: the record, and the lease if it was taken. */
export interface LeaseAttempt extends RecordState {
  /** Fencing number of the lease, greater than every one before for this key. Absent when none was taken. */
  readonly lease: number | undefined;
}

/** Who asks for a lease, and when it is not needed. */
export interface LeaseRequest {
  /**
   * Random name of who asks. The same owner that asks again while its lease runs gets the same lease:
   * a client library repeats a command whose answer was lost with the connection.
   */
  readonly owner: string;
  /** For how long nobody else gets a lease, in seconds; may be a fraction. */
  readonly leaseSeconds: number;
  /**
   * Takes no lease when the value is newer than this fencing number: the caller adopts that value. The
   * number of a lease that is taken is greater than this, too. From 0, which means that any value will
   * do, up to 2⁵² exclusive.
   */
  readonly unlessNewerThan: number;
}

/**
 * Records on each of which one process works at a time: it takes a lease, prolongs it while it works,
 * and writes the result, which the others adopt.
 *
 * A lease alone does not keep others out. Who holds it may be stopped (a long pause, a slow server) until
 * after its end and go on as if nothing had happened. Therefore each lease has a fencing number, which
 * grows, and a write counts by its number, not by when it arrives:
 *
 * - A late holder, whose lease is over, does not overwrite what was written under a greater number.
 * - While nothing was, it may still write, even when somebody else holds the lease by now: its result
 *   came first, and what it did elsewhere (a refresh token was spent) is not undone by throwing that
 *   away. The newer holder finds it when it reads the record again, and adopts it, or writes under its
 *   greater number and wins.
 * - One number stands for one value. Who has adopted the value of a number need not compare values.
 *
 * Numbers keep growing when records are lost: a memory that forgets begins at its clock in milliseconds,
 * and above {@link LeaseRequest.unlessNewerThan}. Two holders at a time are possible after a loss; the
 * rules above then say whose value stays.
 *
 * Keys, owners and values are opaque strings of well-formed Unicode. Every method may reject.
 *
 * @see [RFC 9700 §4.14.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2): a refresh token that is
 * spent twice ends the session, hence one process at a time
 */
export interface LeasedRecords {
  /**
   * What the record holds; waits for no lease.
   *
   * @param key - purpose and digest
   */
  readRecord(key: string): Promise<RecordState>;

  /**
   * Takes the lease, unless somebody else holds it or a newer value is there, and reads the record: in
   * one step. Of any number of owners that ask at the same time, exactly one gets it. An answer without
   * a lease means that this owner holds none.
   *
   * @param key - purpose and digest
   * @param request - who asks, for how long, and which value makes the lease unnecessary
   * @throws RangeError if `unlessNewerThan` is no whole number from 0 to 2⁵² exclusive.
   */
  lease(key: string, request: LeaseRequest): Promise<LeaseAttempt>;

  /**
   * Lets the owner's lease end so many seconds from now. `false` means that it is over, because it
   * expired, went to somebody else or was lost with the record.
   *
   * @param key - purpose and digest
   * @param owner - who holds the lease
   * @param leaseSeconds - for how long from now, in seconds
   */
  prolong(key: string, owner: string, leaseSeconds: number): Promise<boolean>;

  /**
   * Writes the value, unless the record was written under a greater fencing number, and gives the lease
   * back if it is still that one: in one step. `true` means that the record was written so, also for a
   * repeat, which changes nothing. Another value under the same number is refused.
   *
   * @param key - purpose and digest
   * @param lease - fencing number of the lease under which the value came about
   * @param value - the result, sealed
   * @param ttlSeconds - how long to keep it, in seconds
   * @throws RangeError if `lease` is no whole number from 1 to 2⁵² exclusive.
   */
  writeRecord(key: string, lease: number, value: string, ttlSeconds: number): Promise<boolean>;

  /**
   * Gives the owner's lease back without writing. Nothing happens if the owner holds none.
   *
   * @param key - purpose and digest
   * @param owner - who holds the lease
   */
  release(key: string, owner: string): Promise<void>;
}
