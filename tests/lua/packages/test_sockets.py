"""The packages socket and md5 for Lua."""

import threading


def test_time_passes(runtime):
    assert runtime.execute(
        """
        local socket = require 'socket'
        local start = socket.gettime()
        socket.sleep(0.01)
        socket.sleep(-1)
        return socket.gettime() - start >= 0.009 and start > 1e9, type(socket.dns.gethostname())
        """
    ) == (True, "string")


def test_a_server_and_a_client(runtime):
    """What is sent in one direction and the other: lines, numbers of bytes, everything."""
    got = runtime.execute(
        r"""
        local socket = require 'socket'
        local server = assert(socket.bind('127.0.0.1', 0))
        local address, port = server:getsockname()
        local client = assert(socket.connect(address, port))
        local other = assert(server:accept())
        assert(select(2, client:getpeername()) == port and select(2, other:getsockname()) == port)
        assert(client:send('first\r\nsecond\0\255 and more') == 24 and client:send('abc', 2, 3) == 3)
        assert(client:setoption('tcp-nodelay', true) == 1 and client:shutdown('send') == 1)
        local received = {other:receive(), other:receive('*l', 'x')}
        assert(received[2] == nil)
        return received[1], received[3], received[4], #received[4], other:close(), client:close(), server:close()
        """
    )
    assert got == ("first", "closed", "xsecond\0\xff and morebc", 20, 1, 1, 1)


def test_waiting_ends(runtime):
    got = runtime.execute(
        """
        local server = socket.bind('*', 0)
        server:settimeout(0.01)
        local _, port = server:getsockname()
        local none, why = server:accept()
        local client = socket.connect('localhost', port)
        client:settimeout(0.01)
        server:settimeout()
        local other = server:accept()
        other:send('part')
        local some = {client:receive(10)}
        other:send('whole')
        other:close()
        local all, none_left = {client:receive('*a')}, {client:receive('*a')}
        client:close()
        server:close()
        return none, why, some, all, none_left, tostring(client):match('tcp{client}')
        """
    )
    assert got == (None, "timeout", {2: "timeout", 3: "part"}, ["whole"], {2: "closed", 3: ""}, "tcp{client}")


def test_failures_are_told(runtime):
    got = runtime.execute(
        """
        local server = socket.bind('127.0.0.1', 0)
        local _, port = server:getsockname()
        server:close()
        local closed = {server:accept()}
        local f = socket.protect(function() return socket.try(socket.connect('127.0.0.1', port)) end)
        return {socket.connect('127.0.0.1', port)}, closed, {f()}, (socket.skip(1, 1, 2)),
          (pcall(socket.protect(error), 'other')), (pcall(server.setoption, server, 'unheard of'))
        """
    )
    refused, closed, protected, skipped, other, option = got
    assert refused == protected == {2: "connection refused"}
    assert (closed, skipped, other, option) == ({2: "closed"}, 2, False, False)


def test_python_may_answer(runtime):
    """Waiting lets other threads of Python run."""
    server = runtime.execute("server = socket.bind('127.0.0.1', 0) return {server:getsockname()}")

    def answer() -> None:
        import socket

        with socket.create_connection(tuple(server)) as client:
            client.sendall(b"hello\n")

    thread = threading.Thread(target=answer)
    thread.start()
    code = "local other = server:accept() local line = other:receive() other:close() return line"
    assert runtime.execute(code) == "hello"
    thread.join()
    runtime.execute("server:close()")


def test_md5(runtime):
    got = runtime.execute(
        "local md5 = require 'md5' return md5.sumhexa('abc'), #md5.sum('\\255\\0'), md5.exor('a', 'b')"
    )
    assert got == ("900150983cd24fb0d6963f7d28e17f72", 16, "\3")
    assert runtime.execute("return (pcall(require('md5').exor, 'a', 'bc'))") is False
