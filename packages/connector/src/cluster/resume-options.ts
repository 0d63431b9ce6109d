/** How a suspended cluster is brought back. */
export interface ResumeOptions {
  /** How long to wait until the cluster is active, in milliseconds. @default 300000 */
  autoResumeTimeoutMs?: number
  /** Pause between two looks at the cluster's status, in milliseconds. @default 5000 */
  autoResumePollMs?: number
}
