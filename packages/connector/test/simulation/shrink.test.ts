import { describe, expect, it } from 'vitest'
import { drawSchedule } from './draw-schedule.ts'
import type { Decision, Schedule } from './schedule.ts'
import { shrink } from './shrink.ts'

const schedule = drawSchedule(12, { switches: 5, queriesPerSwitch: 100 })

const hasOperation = ({ decisions }: Schedule, id: number) =>
  decisions.some((decision) => decision.kind === 'operation' && decision.id === id)

describe('reducing a failing schedule', () => {
  it('leaves exactly the events that the failure needs', async () => {
    const fails = async (it: Schedule) => hasOperation(it, 17) && hasOperation(it, 333) && has(it, 'cut over')
    const { decisions, settings } = await shrink(schedule, fails)
    expect(decisions.map(({ kind }) => kind).sort()).toEqual(['cut over', 'operation', 'operation'])
    expect(settings).toMatchObject({ processes: 1, connections: 1, clusters: 1 })
  })

  it('keeps processes and connections that the failure needs', async () => {
    const wide = { ...schedule, settings: { ...schedule.settings, processes: 4, connections: 6 } }
    const fails = async ({ settings }: Schedule) => settings.processes >= 2 && settings.connections >= 3
    expect((await shrink(wide, fails)).settings).toMatchObject({ processes: 2, connections: 3 })
  })

  it('returns the best schedule after its maximum of tries', async () => {
    let tries = 0
    const fails = async () => {
      tries += 1
      return false
    }
    expect(await shrink(schedule, fails, { mostTries: 40 })).toBe(schedule)
    expect(tries).toBe(40)
  })
})

function has({ decisions }: Schedule, kind: Decision['kind']): boolean {
  return decisions.some((decision) => decision.kind === kind)
}
