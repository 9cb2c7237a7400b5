// The binary as a user runs it: a process of its own, with pipes.

using System.Diagnostics;

namespace Eider.Tests.Cli;

internal sealed record EiderProcess(int ExitCode, string Output, string Error)
{
    private static readonly string Binary = Path.Combine(AppContext.BaseDirectory, "eider");

    public static ProcessStartInfo With(params string[] arguments)
    {
        var start = new ProcessStartInfo(Binary, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NO_COLOR"] = "";
        start.Environment.Remove("EIDER_DEBUG");
        return start;
    }

    /// <summary>Runs to the end.</summary>
    /// <param name="input">For standard input.</param>
    public static async Task<EiderProcess> Run(string[] arguments, byte[]? input = null)
    {
        using var process = Process.Start(With(arguments))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.BaseStream.WriteAsync(input ?? []);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, await error);
    }

    public static Task<EiderProcess> Run(params string[] arguments) => Run(arguments, null);
}
