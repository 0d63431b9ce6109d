import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Bundler, BundleTask } from './bundler.ts'

const run = promisify(execFile)
const BUILD_MS = 180_000

interface NextBuild {
  thread: Bundler['thread']
  /** Arguments of `next build`. */
  args?: readonly string[]
  /** Settings of `next.config.js`. */
  settings?: object
}

/** An app of Next.js with one route handler, built as `standalone`: a server with no more files than it needs. */
export function nextApp({ thread, args = [], settings = {} }: NextBuild): Bundler {
  return {
    packages: ['next@16', 'react@19', 'react-dom@19'],
    thread,
    bundle: (task) => build(task, args, settings),
  }
}

async function build({ folder, modules, out }: BundleTask, args: readonly string[], settings: object) {
  const root = dirname(modules)
  // Next.js looks for itself from the app upwards, and follows no link out of its root.
  const app = mkdtempSync(join(root, 'app-'))
  try {
    cpSync(join(folder, 'node_modules'), join(app, 'node_modules'), { recursive: true })
    cpSync(join(folder, 'next-app'), join(app, 'app'), { recursive: true })
    const config = { output: 'standalone', outputFileTracingRoot: root, turbopack: { root }, ...settings }
    writeFileSync(join(app, 'next.config.js'), `module.exports = ${JSON.stringify(config)}`)
    writeFileSync(join(app, 'package.json'), JSON.stringify({ private: true }))
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' }
    const command = [join(modules, 'next/dist/bin/next'), 'build', ...args]
    await run(process.execPath, command, { cwd: app, env, timeout: BUILD_MS })
    cpSync(join(app, '.next/standalone'), out, { recursive: true, verbatimSymlinks: true })
  } finally {
    rmSync(app, { recursive: true, force: true })
  }
  return [process.execPath, join(folder, 'asks-route.mjs'), join(out, basename(app), 'server.js')]
}
