export type { HostInspection } from './console/programs-source.ts'
export { type ConsoleReporter, type ReportOptions, reportToConsole } from './console/report-to-console.ts'
export {
  type ConsoleOptions,
  ConsoleOptionsError,
  type RunningConsole,
  startConsole,
} from './console/start-console.ts'
