import { resolveOptions } from 'e6data-connector/wire'
import { completeSettings, connectionSettings } from '../connection/connection-settings.ts'
import type { Check, DoctorContext } from '../doctor/check.ts'
import { CLUSTER_CHECKS, OPTIONS_CHECK } from '../doctor/cluster-checks.ts'
import { NETWORK_CHECKS } from '../doctor/network-checks.ts'
import { type CheckResult, runChecks } from '../doctor/run-checks.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { type Style, styleFor } from '../style.ts'
import { pad } from '../text-layout.ts'

const CHECKS: readonly Check[] = [OPTIONS_CHECK, ...NETWORK_CHECKS, ...CLUSTER_CHECKS]

const TITLE_WIDTH = Math.max(...CHECKS.map(({ title }) => title.length)) + 2

/** Checks the connection to a cluster. Exits with `failed` when a check fails. */
export async function run(invocation: Invocation): Promise<ExitName> {
  const { given, environment, noColor } = invocation
  const { stdout, env } = environment
  const style = styleFor(stdout, env, { noColor })
  const tell = given.has('json') ? () => undefined : (result: CheckResult) => stdout.write(examinedText(result, style))
  const result = await runChecks(await contextOf(invocation), CHECKS, tell)
  if (given.has('json'))
    stdout.write(`${JSON.stringify({ checks: result.map(({ check, finding }) => ({ id: check.id, ...finding })) })}\n`)
  return result.some(({ finding }) => finding.state === 'failed') ? 'failed' : 'ok'
}

async function contextOf(invocation: Invocation): Promise<DoctorContext> {
  const { tokenSource, profileName } = connectionSettings(invocation)
  const options = await completeSettings(invocation)
  return { options, resolved: resolveOptions(options), tokenSource, profileName, invocation }
}

function examinedText({ check, finding }: CheckResult, style: Style): string {
  const { glyphs } = style
  const marks = {
    passed: style.good(glyphs.passed),
    warned: style.warn('!'),
    failed: style.bad(glyphs.failed),
    skipped: style.dim(glyphs.skipped),
  }
  const facts = finding.state === 'skipped' ? style.dim(finding.facts) : finding.facts
  const advice = 'advice' in finding ? `${pad('', TITLE_WIDTH + 2)}${glyphs.arrow} ${finding.advice}\n` : ''
  return `${marks[finding.state]} ${pad(check.title, TITLE_WIDTH)}${facts}\n${advice}`
}
