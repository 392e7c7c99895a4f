export { type LinePlot, type LineSeries, linePlot } from './plots/line-plot';
export { type WrittenPlot, writePlot } from './plots/write-plot';
