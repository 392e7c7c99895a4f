import './gradients';
