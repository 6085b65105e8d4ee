export { activityRoutes } from './routes.tsx'
