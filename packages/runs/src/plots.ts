export { type Bar, type BarPlot, barPlot } from './plots/bar-plot';
export { type Band, type LinePlot, type LineSeries, linePlot } from './plots/line-plot';
export type { PlotOptions, PlotTheme } from './plots/plot-frame';
