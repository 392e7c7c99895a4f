import { render } from 'preact';
import { App } from './app';
import './styles/page.css';
import { takeDrops } from './state/open-file';
import { startPage } from './state/session';
import './theme';

startPage();
takeDrops();
render(<App />, document.getElementById('app')!);
