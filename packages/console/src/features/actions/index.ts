export { actionIcons, actionMenu } from './action-menu.ts'
export { reasonWords } from './reason-words.ts'
export { PlanDialog } from './plan-dialog.tsx'
