using System.Globalization;
using System.Text;
using QRCoder;

namespace CommitmentsTracker.Server.People;

/// <summary>A QR code as a drawing of the page.</summary>
internal sealed record QrCode(int Size, string Path)
{
    /// <summary>The code of a text; a light border of four squares belongs to it.</summary>
    public static QrCode Of(string text)
    {
        using var data = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var path = new StringBuilder();
        for (var y = 0; y < data.ModuleMatrix.Count; y++)
        for (var x = 0; x < data.ModuleMatrix[y].Count; x++)
            if (data.ModuleMatrix[y][x])
                path.Append(CultureInfo.InvariantCulture, $"M{x} {y}h1v1h-1z");
        return new QrCode(data.ModuleMatrix.Count, path.ToString());
    }
}
