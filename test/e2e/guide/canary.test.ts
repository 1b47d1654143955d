import { describeGuide } from '../../support/guide.ts'

describeGuide('canary')
