// A running program with its output collected as it comes.

using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Eider.Lab;

/// <summary>A process that the lab started. Its output is read in the background, so that it never blocks. Disposing kills it where it still runs.</summary>
public sealed class LabProcess : IDisposable
{
    private readonly object _gate = new();
    private readonly Process _process;
    private readonly string _program;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Action<string>? _onOutput;
    private int _openStreams = 2;
    private bool _disposed;

    private LabProcess(Process process, string program, Action<string>? onOutput)
    {
        _process = process;
        _program = program;
        _onOutput = onOutput;
        Pid = process.Id;
        process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Pid { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Standard output so far.</summary>
    public string Output
    {
        get
        {
            lock (_gate)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Standard error so far.</summary>
    public string Error
    {
        get
        {
            lock (_gate)
            {
                return _error.ToString();
            }
        }
    }

    /// <param name="onOutput">Called with each line of standard output as it comes, one at a time; <see cref="WaitUntil"/> looks after it.</param>
    /// <exception cref="LabException">The program was not found.</exception>
    public static LabProcess Start(string program, IEnumerable<string> arguments, Action<string>? onOutput = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return new LabProcess(Process.Start(start)!, program, onOutput);
        }
        catch (Win32Exception failure)
        {
            throw new LabException($"{program} could not be started: {failure.Message}; 'make deps' installs what the lab needs");
        }
    }

    /// <summary>Writes to its standard input.</summary>
    public void Write(string text)
    {
        _process.StandardInput.Write(text);
        _process.StandardInput.Flush();
    }

    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Waits until what the program wrote so far, to either stream, holds <paramref name="text"/>.</summary>
    /// <exception cref="LabException">The program ended, or the limit passed, without it.</exception>
    public void WaitFor(string text, TimeSpan limit) => WaitUntil(() => Output.Contains(text, StringComparison.Ordinal)
        || Error.Contains(text, StringComparison.Ordinal), $"\"{text}\"", limit);

    /// <summary>Waits until <paramref name="condition"/>, looked at again after each line of output, holds.</summary>
    /// <exception cref="LabException">The program ended, or the limit passed, without it.</exception>
    public void WaitUntil(Func<bool> condition, string what, TimeSpan limit)
    {
        var started = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            while (!condition())
            {
                var left = limit - Stopwatch.GetElapsedTime(started);
                if (_openStreams == 0 || left <= TimeSpan.Zero)
                {
                    var why = _openStreams == 0 ? "ended" : $"waited {limit.TotalSeconds:0} s";
                    throw new LabException($"{_program} (pid {Pid}) {why} without {what}; it said: {_error.ToString().Trim()} {Tail(_output.ToString())}");
                }

                Monitor.Wait(_gate, left);
            }
        }
    }

    /// <summary>Waits for the end.</summary>
    /// <exception cref="LabException">Still running after <paramref name="limit"/>; it is then killed.</exception>
    public Finished Wait(TimeSpan limit)
    {
        if (!_process.WaitForExit(limit))
        {
            Kill();
            throw new LabException($"{_program} (pid {Pid}) still ran after {limit.TotalSeconds:0} s and was killed; it said: {Error.Trim()} {Tail(Output)}");
        }

        _process.WaitForExit(); // and for the last of its output
        return new Finished(Pid, _process.ExitCode, Output, Error);
    }

    public void Signal(string name) => Command.Run("kill", ["-s", name, $"{Pid}"]);

    /// <summary>SIGKILL, and wait until it is gone.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private static string Tail(string text) => text.Length > 500 ? "..." + text[^500..] : text;

    private void Append(StringBuilder stream, string? line)
    {
        lock (_gate)
        {
            if (line is null)
            {
                _openStreams--;
            }
            else
            {
                stream.AppendLine(line);
                if (stream == _output)
                {
                    _onOutput?.Invoke(line);
                }
            }

            Monitor.PulseAll(_gate);
        }
    }
}
