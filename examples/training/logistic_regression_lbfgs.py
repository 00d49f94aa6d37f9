"""Logistic regression in two ways: L-BFGS on everything, and the conjugate gradient.

Usage: python examples/training/logistic_regression_lbfgs.py
(of fixtures/record/training/logistic_regression_lbfgs.lua, line by line)
"""

from torchnn import nn, optim, torch


def train(data, run):
    def make():
        torch.manualSeed(run.seed)
        net = nn.Sequential().add(nn.Linear(4, 3)).add(nn.LogSoftMax())
        criterion = nn.ClassNLLCriterion()
        params, grads = net.getParameters()

        def feval(p):
            if p is not params:
                params.copy(p)
            grads.zero()
            loss = criterion.forward(net.forward(data["x"]), data["y"])
            net.backward(data["x"], criterion.backward(net.output, data["y"]))
            run.gradient(grads)
            loss = loss + 0.005 * params.dot(params)
            grads.add(0.01, params)
            return loss, grads

        return net, params, feval

    net, params, feval = make()
    run.start(params)
    state = {"maxIter": 12, "learningRate": 0.9}
    _, fs, *_ = optim.lbfgs(feval, params, state)
    for f in fs:
        run.loss(f)

    net2, params2, feval2 = make()
    run.move(params2)
    _, fs2, evaluations = optim.cg(feval2, params2, {"maxIter": 8})
    for f in fs2:
        run.loss(f)

    return {
        "params": params,
        "params2": params2,
        "output": net.forward(data["x"]),
        "output2": net2.forward(data["x"]),
        "nIter": state["nIter"],
        "funcEval": state["funcEval"],
        "evaluations": evaluations,
    }


if __name__ == "__main__":
    import recorded

    recorded.play(train)
