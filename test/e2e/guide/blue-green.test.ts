import { describeGuide } from '../../support/guide.ts'

describeGuide('blue-green')
