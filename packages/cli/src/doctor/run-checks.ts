import type { Check, DoctorContext, Finding } from './check.ts'

/** A check and its result. */
export interface CheckResult {
  readonly check: Check
  readonly finding: Finding
}

/** Runs the checks in order and reports each as it ends. A check that needs one that did not pass is skipped. */
export async function runChecks(
  context: DoctorContext,
  checks: readonly Check[],
  tell: (result: CheckResult) => void,
): Promise<readonly CheckResult[]> {
  const all: CheckResult[] = []
  const passable = new Set<string>()
  for (const check of checks) {
    const missing = check.needs.find((id) => !passable.has(id))
    context.invocation.interruption.signal.throwIfAborted()
    const finding: Finding =
      missing === undefined
        ? await check.run(context)
        : { state: 'skipped', facts: `needs ${titleOf(checks, missing)}` }
    // A check that does not apply, such as TLS, does not skip others.
    if (missing === undefined && !stops(finding)) passable.add(check.id)
    const result = { check, finding }
    all.push(result)
    tell(result)
  }
  return all
}

function stops(finding: Finding): boolean {
  return finding.state === 'failed' || (finding.state === 'skipped' && finding.stops === true)
}

function titleOf(checks: readonly Check[], id: string): string {
  return checks.find((check) => check.id === id)?.title ?? id
}
