import { describe, expect, it } from 'vitest'
import { localTest } from '../../test/local.ts'
import { managed } from '../../test/managed-strategy.ts'
import { Deadline } from '../time/deadline.ts'
import { withAnnouncements } from './login-announcements.ts'

describe('a strategy that the answer to a login announces', () => {
  const local = localTest()

  it('is followed when the connection is opened, before any statement', async () => {
    local.cluster.inject({ method: 'authenticate', fault: { kind: 'new-strategy', value: 'GREEN' } })
    const connection = await local.connection()
    expect(connection.strategy.getSharedStrategy()).toMatchObject({ activeStrategy: 'blue', pendingStrategy: 'green' })
    const { counts } = connection.strategy.inspect()
    expect(counts).toMatchObject({ 'strategy:announced': 1 })
    expect(counts).not.toHaveProperty('strategy:ignored')
  })
})

describe('a strategy that the answer to a later login announces', () => {
  const local = localTest()

  it('is followed as well', async () => {
    const connection = await local.connection()
    expect(connection.strategy.getSharedStrategy().pendingStrategy).toBeUndefined()
    local.cluster.inject({ method: 'authenticate', fault: { kind: 'new-strategy', value: 'green' } })
    await connection.reauthenticate()
    expect(connection.strategy.getSharedStrategy()).toMatchObject({ activeStrategy: 'blue', pendingStrategy: 'green' })
  })
})

describe('a login', () => {
  const login = (announced: string) => async () => ({ sessionId: 'session', announced })

  function setUp() {
    const { manager, clock, events } = managed()
    return { manager, clock, events, deadline: Deadline.of(clock, {}, 1000, 'logging in') }
  }

  it('on another strategy than the active one announces nothing', async () => {
    const { manager, events, deadline } = setUp()
    manager.setActiveStrategy('blue')
    await withAnnouncements(login('green'), manager)('green', deadline)
    expect(manager.pending).toBeUndefined()
    expect(events.at(-1)).toEqual(['strategy:ignored', expect.objectContaining({ value: 'green' })])
  })

  it('that started before the last transition announces nothing', async () => {
    const { manager, deadline } = setUp()
    manager.setActiveStrategy('blue')
    const late = withAnnouncements(async () => {
      manager.setActiveStrategy('green')
      manager.setActiveStrategy('blue')
      return { sessionId: 'session', announced: 'green' }
    }, manager)
    await late('blue', deadline)
    expect(manager.pending).toBeUndefined()
  })

  it('does not prove that its strategy accepts work', async () => {
    const { manager, clock, deadline } = setUp()
    manager.setActiveStrategy('blue')
    clock.advance(5000)
    await withAnnouncements(login(''), manager)('blue', deadline)
    manager.refused(manager.current()!, 'prepareStatement')
    expect(manager.isBarred('blue')).toBe(true)
  })
})

describe('an announcement by the strategy that detection has found', () => {
  it('is followed', () => {
    const { manager, events } = managed()
    manager.detected('blue', manager.epoch, 'green')
    expect(manager.pending).toBe('green')
    expect(events.map(([name]) => name)).toEqual(['strategy:transition', 'strategy:announced'])
  })

  it('is ignored when another process has already found one', () => {
    const { manager, events } = managed()
    const { epoch } = manager
    manager.setActiveStrategy('blue')
    manager.detected('blue', epoch, 'green')
    expect(manager.pending).toBeUndefined()
    expect(events.at(-1)).toEqual(['strategy:ignored', expect.objectContaining({ value: 'green' })])
  })
})
