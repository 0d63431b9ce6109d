import { describe, expect, it } from 'vitest'
import { failureOf, localTest } from '../../test/local.ts'
import { checkHealth } from './health-check.ts'

describe('the check of an idle connection', () => {
  const local = localTest()
  const limits = { timeoutMs: 30_000 }

  it('leaves a suspended cluster suspended, keeps the connection, and the next statement resumes the cluster', async () => {
    const connection = await local.connection({ autoResume: true })
    await local.cluster.suspend()
    local.cluster.clearCalls()
    await checkHealth(connection, limits)
    expect(local.calls('healthCheck').length).toBeGreaterThan(0)
    expect(local.calls('resume')).toEqual([])
    expect(local.cluster.availability).toBe('suspended')
    expect(await connection.query('SELECT 1')).toMatchObject({ rowCount: 1 })
    expect(local.cluster.availability).toBe('active')
  })

  it('fails when the connection no longer works', async () => {
    const connection = await local.connection()
    await connection.close()
    expect(await failureOf(checkHealth(connection, limits))).toMatchObject({ code: 'E6_CLOSED' })
  })
})
