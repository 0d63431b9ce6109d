import type { Hello, Moment, Picture, Sample } from './feed.ts'
import type { ProgramReport } from './program-report.ts'

/** What the console watches: a local cluster, or programs that report. */
export interface ConsoleSource {
  readonly about: Pick<Hello, 'title' | 'watches' | 'editor'>
  /** The traffic since the last call. */
  takeSample(): Sample
  /** The current state; the hub adds the last switch. */
  picture(): Promise<Omit<Picture, 'lastSwitch'>>
  /** Takes the report of a program. */
  take(report: ProgramReport): void
  /** Cancels a query. @returns whether it existed. */
  cancelQuery(id: string): Promise<boolean>
  /** Listens to moments and to changes that need a new picture at once. @returns a function that stops it. */
  listen(listener: { moment(moment: Moment): void; change(): void }): () => void
}
