import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { optionsFromUrl } from './from-url.ts'

const read = (url: string) => {
  const { options, faults } = optionsFromUrl(url)
  return { values: Object.fromEntries([...options].map(([name, { value }]) => [name, value])), faults }
}

describe('the e6data form', () => {
  test('returns address, login, names and options', () => {
    expect(
      read(
        'e6data://ada:tok@cluster.test:8443/lake/sales?cluster-name=prod&secure=true&auto-resume=off&timeout-ms=500',
      ),
    ).toEqual({
      values: {
        host: 'cluster.test',
        port: 8443,
        username: 'ada',
        password: 'tok',
        catalog: 'lake',
        database: 'sales',
        clusterName: 'prod',
        secure: true,
        autoResume: false,
        timeoutMs: 500,
      },
      faults: [],
    })
  })

  test('may be percent-encoded anywhere; a plus sign stays one', () => {
    expect(read('e6data://ada%40e6.test:a%2Fb%3A%23+%25@h/my%2Flake/s%20x?cluster-name=a%26b').values).toEqual({
      host: 'h',
      username: 'ada@e6.test',
      password: 'a/b:#+%',
      catalog: 'my/lake',
      database: 's x',
      clusterName: 'a&b',
    })
  })

  test.each(['e6data://h', 'e6data://h/', 'e6data://h?', 'E6DATA://h'])('requires only the host: %s', (url) => {
    expect(read(url)).toEqual({ values: { host: expect.stringMatching(/^h$/i) }, faults: [] })
  })

  test('accepts an IPv6 address', () => {
    expect(read('e6data://[::1]:80').values).toEqual({ host: '[::1]', port: 80 })
  })

  test('returns any encoded user name, token and names', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(text, text, text, text, (username, password, catalog, database) => {
        fc.pre([catalog, database].every((name) => !/^\.{1,2}$/.test(name)))
        const [u, p, c, d] = [username, password, catalog, database].map(encodeURIComponent)
        expect(read(`e6data://${u}:${p}@h/${c}/${d}`)).toEqual({
          values: { host: 'h', username, password, catalog, database },
          faults: [],
        })
        expect(read(`jdbc:e6data://h:1/user=${u}&password=${p}&catalog=${c}&database=${d}`)).toEqual({
          values: { host: 'h', port: 1, username, password, catalog, database },
          faults: [],
        })
      }),
    )
  })
})

describe('the JDBC form', () => {
  test('reads its options after the slash', () => {
    expect(read('jdbc:e6data://cluster.test:443/database=sales&catalog=lake&secure=true&cluster-uuid=1-2')).toEqual({
      values: { host: 'cluster.test', port: 443, database: 'sales', catalog: 'lake', secure: true, clusterUuid: '1-2' },
      faults: [],
    })
  })

  test('reads them after a question mark too', () => {
    expect(read('jdbc:e6data://h:443/?database=a&user=ada&password=x=y==').values).toEqual({
      host: 'h',
      port: 443,
      database: 'a',
      username: 'ada',
      password: 'x=y==',
    })
  })
})

describe('faults', () => {
  test.each([
    ['https://cluster.test', 'must start with e6data://'],
    ['e6data:cluster.test', 'must start with e6data://'],
    ['', 'must start with e6data://'],
    ['e6data://h:99999', 'cannot be parsed'],
    ['e6data://ada:s3cret/x@h', 'cannot be parsed'],
    ['e6data://a b', 'cannot be parsed'],
    ['e6data://h/a/b/c', 'the path of the URL must be'],
    ['e6data://h//b', 'the path of the URL must be'],
    ['e6data://h?s3cret%%%=1', 'a name of 9 characters is not an option of the URL'],
    ['e6data://h?colour=blue', 'a name of 6 characters is not an option of the URL'],
    ['e6data://h?constructor=1', 'a name of 11 characters is not an option of the URL'],
    ['e6data://h?secure', 'the parameter secure of the URL has no value'],
    ['e6data://h?secure=true&secure=false', 'secure occurs twice in the URL'],
    ['e6data://ada:s3cret@h?user=bob', 'username occurs twice in the URL'],
    ['e6data://h/lake?catalog=b', 'catalog occurs twice in the URL'],
    ['e6data://ada:s3cret%zz@h', 'password is not percent-encoded correctly in the URL'],
    ['e6data://h?cluster-name=%ff', 'clusterName is not percent-encoded correctly in the URL'],
    ['e6data://ada:abc#s3cret@h', 'cannot be parsed'],
    ['e6data://h#s3cret', 'a part after #'],
    ['jdbc:e6data://h:1/sales', 'a name of 5 characters is not an option of the URL'],
  ])('%s: %s', (url, fault) => {
    const { faults } = read(url)
    expect(faults).toEqual([expect.stringContaining(fault)])
    expect(faults.join()).not.toContain('s3cret')
  })

  test('any string is parsed without an exception', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', 'e6data://', 'jdbc:e6data://', 'e6data://h?', 'e6data://h/'),
        (text, prefix) => {
          expect(Array.isArray(read(prefix + text).faults)).toBe(true)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
