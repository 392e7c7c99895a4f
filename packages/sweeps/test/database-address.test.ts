import { describe, expect, it } from 'vitest';
import { openSweepDatabase } from '../src/database';
import { checkAddress, placeOf, withoutSecrets } from '../src/database/address';
import { checkNode } from '../src/database/engine';
import { isPassing } from '../src/database/sql';

describe('a database', () => {
  it('asks for a newer Node in one line, and only there', () => {
    expect(() => checkNode('20.20.2')).toThrow(
      /^\[unrolled\/sweeps\] database: expected Node 22\.12.*got Node 20\.20\.2: run it/,
    );
    expect(() => checkNode('22.11.0')).toThrow(/got Node 22\.11\.0/);
    for (const version of ['22.12.0', '23.0.0', '26.12.1']) checkNode(version);
  });

  it.each([
    'postgres://me:s3cret@db.example:5432/sweeps?sslmode=verify-full',
    'postgresql://me:s3%63ret@db.example:5432/sweeps',
    'postgres://me:s3cret@db.example:port/sweeps',
    'postgres://db.example/sweeps?user=me&password=s3cret',
    'postgres://me:s3cret@/sweeps?host=/run/postgresql',
  ])('shows no secret of %s', (address) => {
    expect(placeOf(address)).not.toMatch(/s3|me:/);
    const words = `no connection to ${address}, s3cret and ${decodeURIComponent(address)}`;
    expect(withoutSecrets(words, address)).not.toMatch(/s3cret|s3%63ret/);
  });

  it('hides the password of the environment too', () => {
    process.env.PGPASSWORD = 'hidden';
    try {
      expect(withoutSecrets('hidden is hidden', 'postgres://host/name')).toBe('*** is ***');
    } finally {
      delete process.env.PGPASSWORD;
    }
  });

  it.each([
    ['mysql://me:s3cret@host/name', /got one that begins with "mysql"/],
    ['postgres://me:s3cret@host:port/name', /no URL: a password may need %-signs/],
    [' ', /an empty text/],
  ])('refuses the address %s without a word of it', async (address, message) => {
    expect(() => checkAddress('database', address)).toThrow(message);
    const error = await openSweepDatabase({ address }).catch((thrown: Error) => thrown);
    expect((error as Error).message).not.toContain('s3cret');
  });

  it('tries again what passes by itself, and nothing else', () => {
    const of = (code: string) => Object.assign(new Error('no'), { code });
    for (const code of ['57P01', '08006', '53100', '40P01', '25P03', 'ECONNREFUSED', 'EPIPE'])
      expect(isPassing(of(code)), code).toBe(true);
    for (const code of ['42501', '42P01', '23505', '28P01', 'ERR_INVALID_ARG_TYPE'])
      expect(isPassing(of(code)), code).toBe(false);
    expect(isPassing(new Error('Connection terminated unexpectedly'))).toBe(true);
    expect(isPassing(new TypeError('x is not a function'))).toBe(false);
    expect(isPassing(new AggregateError([of('ECONNREFUSED')]))).toBe(true);
  });
});
