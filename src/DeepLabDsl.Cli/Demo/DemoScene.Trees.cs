using System;
using System.Numerics;

namespace DeepLabDsl.Cli.Demo;

/// <content>Trees.</content>
internal sealed partial class DemoScene
{
    private Action Broadleaf(float metres, float nearness)
    {
        var scale = PixelsPerMetre(nearness);
        var tall = Between(3.6f, 6.6f) * scale;
        var spread = tall * Between(0.26f, 0.38f);
        var trunk = Between(0.16f, 0.26f) * scale;
        var leaf = Vary(_random.NextBool(0.15) ? new Vector3(.66f, .44f, .14f) : new Vector3(.20f, .42f, .15f), 0.22f);
        var bark = Vary(new Vector3(.34f, .24f, .16f), 0.15f);
        var crowns = new (float X, float Y, float Radius)[_random.Next(6, 10)];
        for (var i = 0; i < crowns.Length; i++)
        {
            var angle = Between(0, 6.2832f);
            var away = spread * 0.55f * MathF.Sqrt(Between(0, 1));
            crowns[i] = (MathF.Cos(angle) * away, MathF.Sin(angle) * away * 0.9f, spread * Between(0.5f, 0.72f));
        }
        var seed = (uint)_random.NextBits();

        return () =>
        {
            var x = MiddleOf(nearness) + metres * scale;
            var y = RowOf(nearness);
            var crownY = y - tall + spread * 1.05f;
            Shadow(x, y, spread * 1.1f, spread * 0.22f);
            _canvas.Fill(x - 2 * trunk, crownY, x + 2 * trunk, y, Tree,
                (px, py) => Math.Abs(px - x) < trunk * (0.8f + 0.5f * (py - crownY) / (y - crownY)),
                (px, _) => Haze(_light.Shine(bark * (1 + 0.3f * (px - x) / trunk * _light.SunSide * _light.Directness)), nearness));
            bool InCrown(float px, float py)
            {
                var ragged = 1 + 0.22f * (ValueNoise.At(seed, (px - x) * 2.2f / scale, (py - y) * 2.2f / scale) - 0.5f);
                foreach (var crown in crowns)
                {
                    var (dx, dy, radius) = (px - x - crown.X, py - crownY - crown.Y, crown.Radius * ragged);
                    if (dx * dx + dy * dy < radius * radius)
                        return true;
                }
                return false;
            }
            _canvas.Fill(x - 1.5f * spread, crownY - 1.5f * spread, x + 1.5f * spread, crownY + 1.5f * spread, Tree, InCrown, (px, py) =>
            {
                var across = (px - x) / spread * _light.SunSide;
                var up = (crownY - py) / spread;
                var leaves = ValueNoise.At(seed + 1, px * 3.4f / scale, py * 3.4f / scale) - 0.5f
                    + 0.6f * (ValueNoise.At(seed + 2, px * 8 / scale, py * 8 / scale) - 0.5f);
                var brightness = 0.92f + (0.22f * across + 0.24f * up) * (0.4f + 0.6f * _light.Directness) + 0.34f * leaves;
                return Haze(_light.Shine(leaf * brightness), nearness);
            });
        };
    }

    private Action Conifer(float metres, float nearness)
    {
        var scale = PixelsPerMetre(nearness);
        var tall = Between(4.2f, 7.4f) * scale;
        var spread = tall * Between(0.19f, 0.26f);
        var needle = Vary(new Vector3(.12f, .32f, .20f), 0.2f);
        var bark = new Vector3(.30f, .21f, .15f);
        var tiers = _random.Next(3, 6);
        var seed = (uint)_random.NextBits();

        return () =>
        {
            var x = MiddleOf(nearness) + metres * scale;
            var y = RowOf(nearness);
            var foot = y - tall * 0.12f;
            var peak = y - tall;
            Shadow(x, y, spread * 1.2f, spread * 0.26f);
            Rectangle(x - 0.14f * scale, foot - 1, x + 0.14f * scale, y, Tree, Haze(_light.Shine(bark), nearness));
            _canvas.Fill(x - spread, peak, x + spread, foot, Tree, (px, py) =>
            {
                var down = (py - peak) / (foot - peak);
                var tier = down * tiers - MathF.Floor(down * tiers);
                var half = spread * (down * 0.72f + tier * 0.28f);
                return down >= 0 && Math.Abs(px - x) < half;
            }, (px, py) =>
            {
                var down = (py - peak) / (foot - peak) * tiers;
                var leaves = ValueNoise.At(seed, px * 5 / scale, py * 5 / scale) - 0.5f;
                var brightness = 0.9f + 0.26f * (px - x) / spread * _light.SunSide * _light.Directness
                    + 0.22f * (down - MathF.Floor(down) - 0.4f) + 0.28f * leaves;
                return Haze(_light.Shine(needle * brightness), nearness);
            });
        };
    }
}
