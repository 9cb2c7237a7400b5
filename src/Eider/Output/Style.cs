// Colours, where a person looks and wants them.

namespace Eider.Output;

/// <summary>Wraps text in ANSI colours, or not. Text that goes in is already escaped.</summary>
public sealed class Style(bool isColoured)
{
    public bool IsColoured { get; } = isColoured;

    /// <summary>Colours on a terminal that has them, unless NO_COLOR (no-color.org) is set.</summary>
    public static Style ForStandardOutput { get; } = new(
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && !IsDumb);

    /// <summary>True for a terminal that cannot move its cursor.</summary>
    public static bool IsDumb => Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";

    public string Bold(string text) => In("1", text);

    public string Dim(string text) => In("2", text);

    public string Red(string text) => In("31", text);

    public string Green(string text) => In("32", text);

    public string Yellow(string text) => In("33", text);

    public string Cyan(string text) => In("36", text);

    private string In(string code, string text) => IsColoured && text.Length > 0 ? $"\e[{code}m{text}\e[0m" : text;
}
