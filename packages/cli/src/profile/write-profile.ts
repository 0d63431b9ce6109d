import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { stringify } from 'smol-toml'
import type { Profile } from './config-file.ts'

/**
 * Appends a profile to the config file, and keeps its other content and comments. The file is replaced atomically by
 * one that only its owner can read.
 */
export function appendProfile(
  path: string,
  name: string,
  profile: Profile,
  options: { readonly isDefault: boolean },
): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const before = options.isDefault ? withDefault(existingText(path), name) : existingText(path)
  const section = stringify({ profiles: { [name]: Object.fromEntries(profile) } })
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${before.trimEnd()}${before.trim() === '' ? '' : '\n\n'}${section.trim()}\n`, {
    mode: 0o600,
    flag: 'wx',
  })
  renameSync(draft, path)
}

/** In TOML a key without a table must come before all tables. */
function withDefault(text: string, name: string): string {
  const line = stringify({ default: name }).trim()
  const lines = text.split('\n')
  const firstTable = lines.findIndex((it) => it.trimStart().startsWith('['))
  const known = lines.findIndex((it, index) => /^\s*default\s*=/.test(it) && (firstTable === -1 || index < firstTable))
  if (known === -1) return text.trim() === '' ? line : `${line}\n\n${text}`
  return lines.with(known, line).join('\n')
}

function existingText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
