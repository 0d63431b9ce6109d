/** What a release changes in files: contents in, contents out. */

const UNRELEASED = '## Unreleased\n'

/**
 * The changelog with what is unreleased under the version, and an empty section above it.
 * @throws Error when nothing is unreleased, or the version is there already
 */
export function withRelease(changelog: string, version: string, date: string): string {
  const at = changelog.indexOf(UNRELEASED)
  if (at < 0) throw new Error('CHANGELOG.md has no section "## Unreleased"')
  if (changelog.includes(`\n## ${version} `)) throw new Error(`CHANGELOG.md has a section ${version} already`)
  if (sectionAt(changelog, at + UNRELEASED.length).trim() === '') throw new Error('nothing is unreleased')
  const before = changelog.slice(0, at + UNRELEASED.length)
  return `${before}\n## ${version} (${date})\n${changelog.slice(at + UNRELEASED.length)}`
}

/**
 * The section of one version, without its heading.
 * @throws Error when there is none
 */
export function versionSection(changelog: string, version: string): string {
  const heading = changelog.indexOf(`\n## ${version} `)
  if (heading < 0) throw new Error(`CHANGELOG.md has no section ${version}`)
  return `${sectionAt(changelog, changelog.indexOf('\n', heading + 1)).trim()}\n`
}

function sectionAt(changelog: string, from: number): string {
  const next = changelog.indexOf('\n## ', from)
  return changelog.slice(from, next < 0 ? undefined : next)
}

/** A `package.json` with its own version, and those of the packages of this repository that it names, set anew. */
export function versionedManifest(text: string, from: string, to: string): string {
  const ours = /^e6data-/
  const set = (_: string, name: string, separator: string, version: string) =>
    name === 'version' || (ours.test(name) && version === from)
      ? `"${name}"${separator}"${to}"`
      : `"${name}"${separator}"${version}"`
  return text.replace(/"(version|e6data-[\w-]+)"(\s*:\s*)"(\d+\.\d+\.\d+)"/g, set)
}
