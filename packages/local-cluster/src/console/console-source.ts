import type { Hello, Moment, Picture, Sample } from './feed.ts'
import type { ProgramReport } from './program-report.ts'

/** Where the console looks: a local cluster, or programs that tell how they are. */
export interface ConsoleSource {
  readonly about: Pick<Hello, 'title' | 'watches' | 'editor'>
  /** The traffic since it was last asked. */
  takeSample(): Sample
  /** How everything stands; the hub adds the last switch. */
  picture(): Promise<Omit<Picture, 'lastSwitch'>>
  /** A program tells how it is. */
  take(report: ProgramReport): void
  /** Cancels a query. @returns whether it was there. */
  cancelQuery(id: string): Promise<boolean>
  /** Hears of moments, and of changes that a picture should show at once. @returns what stops it. */
  listen(listener: { moment(moment: Moment): void; change(): void }): () => void
}
