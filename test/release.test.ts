import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readReport } from '../scripts/pack.ts'
import { versionedManifest, versionSection, withRelease } from '../scripts/release/release-texts.ts'
import { billOfMaterials } from '../scripts/sbom.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const CHANGELOG = '# Changelog\n\n## Unreleased\n\n- new\n\n## 0.1.0 (2026-01-02)\n\n- first\n'

describe('a release', () => {
  it('gives what is unreleased its version and date, and leaves an empty section', () => {
    const released = withRelease(CHANGELOG, '0.2.0', '2026-03-04')
    expect(released).toBe(
      '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-03-04)\n\n- new\n\n## 0.1.0 (2026-01-02)\n\n- first\n',
    )
    expect(versionSection(released, '0.2.0')).toBe('- new\n')
    expect(versionSection(released, '0.1.0')).toBe('- first\n')
    expect(() => withRelease(released, '0.3.0', '2026-03-05')).toThrow('nothing is unreleased')
    expect(() => withRelease(CHANGELOG, '0.1.0', '2026-03-05')).toThrow('has a section 0.1.0 already')
    expect(() => versionSection(CHANGELOG, '9.9.9')).toThrow('no section 9.9.9')
  })

  it('sets the version of the packages of this repository, and of nothing else', () => {
    const manifest = JSON.stringify({
      name: 'e6data-cli',
      version: '0.1.0',
      dependencies: { 'e6data-connector': '0.1.0', other: '0.1.0', commander: '^14.0.3' },
    })
    expect(JSON.parse(versionedManifest(manifest, '0.1.0', '0.2.0'))).toEqual({
      name: 'e6data-cli',
      version: '0.2.0',
      dependencies: { 'e6data-connector': '0.2.0', other: '0.1.0', commander: '^14.0.3' },
    })
  })
})

describe('what is published', () => {
  it('is read from the report of any npm: a list, or an object by name', () => {
    const one = { name: 'a', filename: 'a.tgz', size: 1, unpackedSize: 2, files: [] }
    expect(readReport(JSON.stringify([one]))).toEqual([one])
    expect(readReport(JSON.stringify({ a: one }))).toEqual([one])
  })

  it('has a bill of materials that names each dependency with its hash', () => {
    const { components } = billOfMaterials('packages/connector') as { components: Record<string, unknown>[] }
    expect(components).toEqual([
      expect.objectContaining({ name: '@bufbuild/protobuf', hashes: [expect.objectContaining({ alg: 'SHA-512' })] }),
    ])
    const command = billOfMaterials('packages/cli') as { components: { name: string }[] }
    expect(command.components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['commander', 'e6data-connector', '@duckdb/node-api']),
    )
  })

  it('says where it comes from, in every package alike', () => {
    const manifests = readdirSync(`${root}packages`).map((folder) => ({
      folder,
      ...(JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, 'utf8')) as Record<string, unknown>),
    }))
    const home = 'https://github.com/e6data-node/e6data-node'
    for (const { folder, ...manifest } of manifests) {
      expect(manifest).toMatchObject({
        keywords: expect.arrayContaining(['e6data']),
        author: 'The e6data-node authors',
        license: 'Apache-2.0',
        homepage: `${home}#readme`,
        bugs: `${home}/issues`,
        repository: { type: 'git', url: `git+${home}.git`, directory: `packages/${folder}` },
        publishConfig: { access: 'public', provenance: true },
        engines: { node: '>=20.19' },
      })
    }
  })
})
