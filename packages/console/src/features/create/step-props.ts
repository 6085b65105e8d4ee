import type { DryRun } from './use-dry-run.ts'
import type { WizardHandle } from './use-wizard.ts'

/** What every step of the wizard is given. */
export interface StepProps {
  wizard: WizardHandle
  dryRun: DryRun
}
