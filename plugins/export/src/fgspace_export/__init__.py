"""Networks of fgspace for elsewhere: plain torch, torch.export, ONNX."""
