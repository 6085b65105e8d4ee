// Cruises the packages of a folder and reports every import that the table forbids.
import fs from 'node:fs'
import path from 'node:path'
import { cruise } from 'dependency-cruiser'
import { browserPackages, packageTable, processFolders, purePackages } from './package-table.mjs'

const isTest = '\\.test(kit)?\\.tsx?$|/testing/|\\.conformance\\.ts$'

const rules = [
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  {
    name: 'no-deep-imports',
    comment: 'another package is reached through its index.ts only',
    severity: 'error',
    from: { path: '^packages/([^/]+)/src' },
    to: { path: '^packages/[^/]+/', pathNot: '^packages/$1/|^packages/[^/]+/src/index\\.ts$' },
  },
  {
    name: 'processes-only-where-allowed',
    severity: 'error',
    from: {
      path: '^packages/',
      pathNot: `${processFolders.map((folder) => `^${folder}`).join('|')}|${isTest}|^packages/testkit/`,
    },
    to: { path: '^(node:)?child_process$' },
  },
  {
    name: 'no-tests-in-what-ships',
    severity: 'error',
    from: { path: '^packages/', pathNot: `${isTest}|^packages/testkit/|/testing\\.ts$` },
    to: { path: '\\.testkit\\.ts$|/src/testing/|/testing\\.ts$' },
  },
  ...purePackages.map((name) => ({
    name: `${name}-is-pure`,
    severity: 'error',
    from: { path: `^packages/${name}/src`, pathNot: isTest },
    to: { dependencyTypes: ['core'] },
  })),
  ...browserPackages.map((name) => ({
    name: `${name}-runs-in-a-browser`,
    severity: 'error',
    from: { path: `^packages/${name}/src`, pathNot: isTest },
    to: { dependencyTypes: ['core'] },
  })),
  ...Object.entries(packageTable).flatMap(([name, { may, lazy = [] }]) => [
    {
      name: `${name}-imports`,
      severity: 'error',
      // Tests may bring the real store or server; what ships may not.
      from: { path: `^packages/${name}/src`, pathNot: isTest },
      to: { path: '^packages/', pathNot: `^packages/(${[name, ...may, ...lazy].join('|')})/` },
    },
    ...lazy.map((target) => ({
      name: `${name}-imports-${target}-lazily`,
      severity: 'error',
      from: { path: `^packages/${name}/src`, pathNot: isTest },
      to: { path: `^packages/${target}/`, dynamic: false, dependencyTypesNot: ['type-only'] },
    })),
  ]),
]

/**
 * @param root folder that holds `packages/`
 * @returns violations as lines, and how many source files there are
 */
export async function checkBoundaries(root) {
  const before = process.cwd()
  process.chdir(root)
  try {
    const sources = fs
      .globSync('packages/*/src/**/*.{ts,tsx}')
      .filter((file) => !file.includes('/generated/') && !file.endsWith('.d.ts'))
    const { output } = await cruise(['packages'], {
      validate: true,
      ruleSet: { forbidden: rules },
      includeOnly: '^packages|^(node:)?[a-z_]+$',
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '/generated/|^packages/[^/]+/node_modules' },
      tsPreCompilationDeps: true,
      combinedDependencies: true,
      enhancedResolveOptions: {
        exportsFields: ['exports'],
        conditionNames: ['import', 'node'],
        extensions: ['.ts', '.tsx', '.mjs', '.js'],
      },
      ...(fs.existsSync('tsconfig.json') ? { tsConfig: { fileName: path.resolve('tsconfig.json') } } : {}),
    })
    const violations = output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)
    // A cruiser that cannot read TypeScript finds nothing and is content; a file it did not see counts against it.
    const seen = new Set(output.modules.map((module) => module.source))
    const missed = sources.filter((file) => !seen.has(file)).map((file) => `not looked at: ${file}`)
    return { files: sources.length, violations: [...violations, ...missed] }
  } finally {
    process.chdir(before)
  }
}
