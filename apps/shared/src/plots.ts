export { type WrittenPlot, writePlot, writeSvg } from '@unrolled/runs/node';
export * from '@unrolled/runs/plots';
