"""An autoencoder, trained on all samples at once by L-BFGS with a line search.

Usage: python examples/training/autoencoder_lbfgs.py (of fixtures/record/training/autoencoder_lbfgs.lua, line by line)
"""

from torchnn import nn, optim, torch


def train(data, run):
    torch.manualSeed(run.seed)
    net = nn.Sequential()
    net.add(nn.Linear(12, 4)).add(nn.Tanh()).add(nn.Linear(4, 12))
    criterion = nn.MSECriterion()
    params, grads = net.getParameters()
    params.uniform(-0.4, 0.4)
    run.start(params)

    def feval(p):
        if p is not params:
            params.copy(p)
        grads.zero()
        output = net.forward(data["x"])
        loss = criterion.forward(output, data["x"])
        net.backward(data["x"], criterion.backward(output, data["x"]))
        loss = loss + 0.5e-3 * params.dot(params)
        grads.add(1e-3, params)
        run.gradient(grads)
        return loss, grads

    config = {"maxIter": 5, "lineSearch": optim.lswolfe, "lineSearchOptions": {"maxIter": 10}}
    state = {}
    for _ in range(4):
        _, fs, *_ = optim.lbfgs(feval, params, config, state)
        for f in fs:
            run.loss(f)

    return {
        "params": params,
        "output": net.forward(data["x"]),
        "loss": criterion.forward(net.output, data["x"]),
        "code": net.get(2).output,
        "funcEval": state["funcEval"],
        "nIter": state["nIter"],
        "stepsKept": len(state["old_dirs"]),
        "t": state["t"],
        "Hdiag": state["Hdiag"],
    }


if __name__ == "__main__":
    import recorded

    recorded.play(train)
