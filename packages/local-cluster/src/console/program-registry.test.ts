import { describe, expect, test } from 'vitest'
import type { Moment } from './feed.ts'
import { ProgramRegistry } from './program-registry.ts'
import { type ProgramReport, ReportError, readReport } from './program-report.ts'

function report(ended: number, facts: Partial<ProgramReport> = {}): ProgramReport {
  return {
    name: 'reports',
    host: 'here',
    pid: 7,
    active: 'blue',
    pendingReady: false,
    epoch: 1,
    inFlight: { blue: 2, green: 0 },
    held: 0,
    totals: { ended: { blue: ended, green: 0 }, failed: 0, restarted: 0, authenticate: 1, refused: 0 },
    latenciesMs: [ended],
    happened: [],
    queries: [],
    failures: [],
    ...facts,
  }
}

describe('reports of programs', () => {
  test('count from one report to the next, without the counts before the first', () => {
    const programs = new ProgramRegistry(() => undefined)
    programs.take(report(100))
    expect(programs.takeWindow()).toMatchObject({ ended: { blue: 0 }, latenciesMs: [] })
    programs.take(report(110))
    programs.take(report(125))
    expect(programs.takeWindow()).toMatchObject({ ended: { blue: 25, green: 0 }, latenciesMs: [110, 125] })
  })

  test('continue after a program restarts under the same name', () => {
    const programs = new ProgramRegistry(() => undefined)
    programs.take(report(100))
    programs.take(report(3))
    expect(programs.takeWindow().ended.blue).toBe(3)
  })

  test('add up over programs', () => {
    const programs = new ProgramRegistry(() => undefined)
    programs.take(report(1, { held: 2 }))
    programs.take(report(1, { pid: 8, held: 3, inFlight: { blue: 0, green: 4 } }))
    expect(programs.held()).toBe(5)
    expect(programs.inFlight()).toEqual({ blue: 2, green: 4 })
    expect(programs.facts().map(({ pid }) => pid)).toEqual([7, 8])
  })

  test('are dropped when a program has been silent for ten seconds', () => {
    let now = 0
    const programs = new ProgramRegistry(
      () => undefined,
      () => now,
    )
    programs.take(report(1))
    now = 10_000
    expect(programs.isEmpty).toBe(false)
    now = 10_001
    expect(programs.isEmpty).toBe(true)
  })

  test('carry moments, which get the name of the program', () => {
    const moments: Moment[] = []
    const programs = new ProgramRegistry((moment) => moments.push(moment))
    programs.take(report(1, { happened: [{ at: 5, kind: 'moved', strategy: 'green' }] }))
    expect(moments).toEqual([{ at: 5, kind: 'moved', strategy: 'green', detail: 'reports' }])
  })
})

describe('a report', () => {
  test('survives JSON unchanged', () => {
    const full = report(3, {
      pending: 'green',
      happened: [{ at: 1, kind: 'held' }],
      queries: [{ id: 'q', strategy: 'green', state: 'finished', startedAt: 1, rows: 2, durationMs: 3 }],
    })
    expect(readReport(JSON.parse(JSON.stringify(full)))).toEqual(full)
  })

  test.each([
    [7, 'the report must be an object'],
    [{ ...report(1), name: '' }, 'name must be a string of 1 to 200 characters'],
    [{ ...report(1), name: 'x'.repeat(201) }, 'name must be a string of 1 to 200 characters'],
    [{ ...report(1), active: 'purple' }, "active must be 'blue' or 'green'"],
    [{ ...report(1), epoch: -1 }, 'epoch must be a number, not below 0'],
    [{ ...report(1), inFlight: { blue: 1 } }, 'inFlight.green must be a number, not below 0'],
    [{ ...report(1), latenciesMs: new Array(10_001).fill(1) }, 'latenciesMs must be a list of at most 10000 entries'],
    [{ ...report(1), happened: [{ at: 1, kind: 'exploded' }] }, 'happened.kind must be one of moved, held, released'],
    [{ ...report(1), queries: [{ id: 'q', strategy: 'red' }] }, "queries.strategy must be 'blue' or 'green'"],
  ])('is refused when invalid: %#', (body, message) => {
    expect(() => readReport(body)).toThrow(new ReportError(message))
  })
})
