import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localTest } from '../test/local.ts'
import { connect, strategyManager } from './connect.ts'
import { OptionsError } from './errors.ts'

describe('strategyManager()', () => {
  const local = localTest()
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'e6data-manager-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const place = () => {
    const { host, port, clusterName } = local.cluster
    return { host, port, clusterName, strategyStore: 'shared', strategyStoreDirectory: folder } as const
  }

  it("finds the state of a user's connections by user name, without a token", async () => {
    const { username, password } = local.cluster
    await using _connection = await connect({ ...place(), username, password })
    const calls = local.cluster.calls().length
    const manager = strategyManager({ ...place(), username })
    expect(manager.getActiveStrategy()).toBe('blue')
    manager.close()
    const stranger = strategyManager({ ...place(), username: `not-${username}` })
    expect(stranger.getActiveStrategy()).toBeUndefined()
    stranger.close()
    expect(local.cluster.calls()).toHaveLength(calls)
  })

  it("lists the hashes of the host's users when no user is given", async () => {
    const { username, password } = local.cluster
    await using _connection = await connect({ ...place(), username, password })
    const nameless = strategyManager(place())
    const { users } = nameless.inspect()
    nameless.close()
    expect(users.length).toBeGreaterThan(0)
    for (const hash of users) expect(hash).toMatch(/^[0-9a-f]{32}$/)
    expect(users.join()).not.toContain(username)
    const elsewhere = strategyManager({ ...place(), clusterName: 'elsewhere' })
    expect(elsewhere.inspect().users).toEqual([])
    elsewhere.close()
  })

  it('accepts a URL like the other factories, and rejects what they reject', () => {
    const manager = strategyManager(local.cluster.url)
    manager.close()
    expect(() => strategyManager({ ...place(), hots: 'x' } as never)).toThrow(OptionsError)
    expect(() => strategyManager({ ...place(), port: 0 })).toThrow(/port/)
  })
})
